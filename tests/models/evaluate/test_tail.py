"""The tail of strangers' scores: counted where there are many, by a law where there are few, rarely understated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluate.tail import TAIL_SHARE, TooFewError, survival

SEEDS = st.integers(0, 2**32 - 1)


def power_law(seed: int, count: int, dimension: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Scores 1 - d of strangers whose distances d are those of even points in a ball of this dimension."""
    distances = np.random.default_rng(seed).random(count) ** (1.0 / dimension)
    return np.asarray(1.0 - distances)


@settings(deadline=None, max_examples=20)
@given(SEEDS, st.floats(5.0, 40.0))
def test_a_known_law_is_carried_on_beyond_what_was_seen(seed: int, dimension: float) -> None:
    """One in 10,000 and 100,000, of 20,000 seen: hardly understated; overstated where the shape is by chance."""
    found = survival(power_law(seed, 20_000, dimension))
    for rate, most in ((1e-4, 8), (1e-5, 40)):
        true_score = 1.0 - rate ** (1.0 / dimension)
        assert rate / 3 < found.rate_of(true_score) < rate * most
        assert (1.0 - found.score_of(rate)) ** dimension < rate * 3


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_a_tail_that_ends_is_not_believed(seed: int) -> None:
    """Even scores up to 0.5 have no larger ones; the fit gives them a rate all the same."""
    found = survival(np.random.default_rng(seed).random(5_000) / 2)
    assert found.tail.shape == 0.0
    assert found.rate_of(0.52) > 0


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.lists(st.floats(1e-7, 0.9), min_size=2, max_size=10, unique=True))
def test_rates_fall_as_scores_rise(seed: int, rates: list[float]) -> None:
    found = survival(power_law(seed, 2_000, 10.0))
    scores = [found.score_of(rate) for rate in sorted(rates, reverse=True)]
    assert scores == sorted(scores)
    assert all(0.0 <= score < 1.0 for score in scores)
    back = [found.rate_of(score) for score in scores]
    assert back == sorted(back, reverse=True)


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.floats(TAIL_SHARE, 0.9))
def test_where_there_are_many_they_are_counted(seed: int, rate: float) -> None:
    scores = power_law(seed, 3_000, 10.0)
    found = survival(scores)
    score = found.score_of(rate)
    assert (scores >= score).mean() == pytest.approx(rate, abs=1.5 / len(scores))


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_to_weigh_is_to_repeat(seed: int) -> None:
    chance = np.random.default_rng(seed)
    scores, times = power_law(seed, 5_000, 10.0), chance.integers(0, 4, 5_000)
    weighed, repeated = survival(scores, times.astype(np.float64)), survival(np.repeat(scores, times))
    for rate in (0.3, 1e-2, 1e-5):
        assert weighed.score_of(rate) == pytest.approx(repeated.score_of(rate), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 12), max_size=200), st.floats(1e-6, 1.0))
def test_scores_that_are_often_the_same_are_reached_together(marks: list[int], rate: float) -> None:
    scores = np.array(marks, np.float64) / 20
    try:
        found = survival(scores)
    except TooFewError:
        return
    score = found.score_of(rate)
    if rate >= found.tail.share:
        assert (scores >= score).mean() <= rate * (1 + 1e-9)
        assert found.rate_of(score) == pytest.approx((scores >= score).mean())
    else:
        assert score > scores[scores >= 0].mean()


@pytest.mark.parametrize("scores", [[], [0.1], [0.1, 0.2, 0.3], [0.2] * 1_000])
def test_too_few_and_too_like_ones_have_no_tail(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="too few or too alike"):
        survival(np.array(scores, np.float64))


def test_a_score_of_one_is_far_out_but_not_infinitely() -> None:
    scores = np.concatenate([power_law(1, 1_000, 10.0), [1.0]])
    assert math.isfinite(survival(scores).tail.scale)
