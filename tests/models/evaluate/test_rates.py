"""Error rates and their bounds, against the definitions and figures from tables."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.rates import Comparisons, Rate, curve, equal_error_rate, threshold_for, upper_bound

some_scores = st.lists(st.integers(-20, 20).map(lambda tenths: tenths / 10), min_size=1, max_size=40)


def comparisons(mated: list[float], non_mated: list[float]) -> Comparisons:
    return Comparisons(np.array(mated, np.float64), np.array(non_mated, np.float64))


@given(trials=st.integers(1, 300), data=st.data())
def test_at_the_bound_so_few_errors_have_the_probability_that_was_allowed(trials: int, data: st.DataObject) -> None:
    """Clopper and Pearson's definition, added up with whole numbers of combinations."""
    errors = data.draw(st.integers(0, trials - 1))
    rate = upper_bound(errors, trials)
    so_few = sum(math.comb(trials, seen) * rate**seen * (1 - rate) ** (trials - seen) for seen in range(errors + 1))
    assert so_few == pytest.approx(0.05, rel=1e-4)


@given(trials=st.integers(100, 10_000))
def test_without_an_error_it_is_the_rule_of_three(trials: int) -> None:
    assert upper_bound(0, trials) == pytest.approx(3 / trials, rel=0.02)


@given(trials=st.integers(1, 400), data=st.data())
def test_the_bound_is_above_what_was_seen_and_falls_with_more_trials(trials: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, trials - 1)) if trials > 1 else 0
    rate = Rate(errors, trials)
    assert rate.value < rate.bound <= 1
    assert upper_bound(errors, trials * 2) < rate.bound <= upper_bound(errors + 1, trials)


def test_nothing_tried_says_nothing() -> None:
    assert math.isnan(Rate(0, 0).value)
    assert Rate(0, 0).bound == 1


@pytest.mark.parametrize(("errors", "trials"), [(-1, 3), (4, 3), (0, -1)])
def test_counts_that_cannot_be_are_refused(errors: int, trials: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        upper_bound(errors, trials)


@given(mated=some_scores, non_mated=some_scores)
def test_the_curve_is_what_counting_at_each_threshold_gives(mated: list[float], non_mated: list[float]) -> None:
    both = comparisons(mated, non_mated)
    points = curve(both)
    assert (points[0].fmr, points[0].fnmr, points[-1].fmr, points[-1].fnmr) == (1.0, 0.0, 0.0, 1.0)
    for point in points:
        assert point.fmr == pytest.approx(both.fmr(point.threshold).value)
        assert point.fnmr == pytest.approx(both.fnmr(point.threshold).value)
    assert all(a.fmr >= b.fmr and a.fnmr <= b.fnmr for a, b in itertools.pairwise(points))


@given(mated=some_scores, non_mated=some_scores, fmr=st.floats(0, 1))
def test_the_threshold_for_a_rate_keeps_it_and_the_next_lower_one_does_not(
    mated: list[float], non_mated: list[float], fmr: float
) -> None:
    points = curve(comparisons(mated, non_mated))
    chosen = points.index(threshold_for(points, fmr))
    assert points[chosen].fmr <= fmr
    assert chosen == 0 or points[chosen - 1].fmr > fmr


@given(mated=some_scores, non_mated=some_scores)
def test_the_equal_error_rate_lies_between_perfect_and_chance_the_wrong_way_round(
    mated: list[float], non_mated: list[float]
) -> None:
    assert 0 <= equal_error_rate(curve(comparisons(mated, non_mated))) <= 1


def test_the_equal_error_rate_of_known_scores() -> None:
    apart = curve(comparisons([0.8, 0.9], [0.1, 0.2]))
    assert equal_error_rate(apart) == 0
    one_each = curve(comparisons([0.9, 0.8, 0.7, 0.2], [0.1, 0.15, 0.18, 0.75]))
    assert equal_error_rate(one_each) == 0.25


def test_one_kind_alone_makes_no_curve() -> None:
    with pytest.raises(ValueError, match="mated and non-mated"):
        curve(comparisons([], [0.5]))
