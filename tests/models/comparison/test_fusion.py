"""Two modalities together: the rate is kept, neither carries the other, and strangers' scores are what decides."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.calibration import Calibration
from models.comparison.fusion import Fusion
from models.errors import CalibrationError
from tests.models.comparison.tables import GOOD, knots_of, table, tables

FACE, FINGER = table(GOOD), table(GOOD, "fingerprint")
EACH = 1e-2
SCORES = st.floats(0.0, 1.0)


def drawn(one: Calibration, count: int, seed: int) -> list[float]:
    """Strangers' scores, as the table says they fall."""
    chance = np.random.default_rng(seed)
    return [one.knots[number].score for number in chance.choice(len(one.knots), count, p=one.strangers)]


@settings(deadline=None)
@given(tables(), tables("fingerprint"), st.floats(0.001, 1.0), st.floats(1e-6, 1.0))
def test_no_more_strangers_pass_than_were_asked_for(
    face: Calibration, finger: Calibration, each: float, fmr: float
) -> None:
    fusion = Fusion(face, finger, each)
    try:
        threshold = fusion.threshold_for(fmr)
    except CalibrationError:
        return
    passing = sum(
        share * other_share
        for knot, share in zip(face.knots, face.strangers.tolist(), strict=True)
        for other, other_share in zip(finger.knots, finger.strangers.tolist(), strict=True)
        if fusion.llr_of(knot.score, other.score) >= threshold
    )
    assert passing <= fmr * (1 + 1e-9)
    assert fusion.fmr_of(threshold) == pytest.approx(passing, rel=1e-9)


@settings(deadline=None)
@given(tables(), tables("fingerprint"), SCORES, SCORES, SCORES)
def test_a_better_score_never_makes_it_worse(
    face: Calibration, finger: Calibration, score: float, first: float, second: float
) -> None:
    fusion = Fusion(face, finger, 1.0)
    low, high = sorted((first, second))
    assert fusion.llr_of(low, score) <= fusion.llr_of(high, score)
    assert fusion.llr_of(score, low) <= fusion.llr_of(score, high)
    assert fusion.llr_of(low, high) == pytest.approx(face.llr_of(low) + finger.llr_of(high))


def test_a_perfect_match_does_not_carry_one_that_says_nothing() -> None:
    fusion = Fusion(FACE, FINGER, EACH)
    assert fusion.llr_of(1.0, 0.49) == fusion.llr_of(0.49, 1.0) == -math.inf
    assert fusion.llr_of(1.0, 0.5) > fusion.llr_of(0.6, 0.5) > 0
    assert fusion.llr_of(math.nan, 1.0) == fusion.llr_of(1.0, math.nan) == -math.inf


def test_the_sum_lets_one_be_weaker_where_the_other_is_stronger() -> None:
    """A strong one makes up for a weaker one, either way round; two weak ones are not enough."""
    fusion = Fusion(FACE, FINGER, EACH)
    threshold = fusion.threshold_for(5e-6)
    assert fusion.llr_of(0.7, 0.5) >= threshold
    assert fusion.llr_of(0.5, 0.7) >= threshold
    assert fusion.llr_of(0.5, 0.5) < threshold


def test_a_rate_that_the_tables_do_not_reach_is_refused() -> None:
    fusion = Fusion(FACE, FINGER, EACH)
    smallest = 1e-8
    assert fusion.fmr_of(fusion.threshold_for(smallest)) == pytest.approx(smallest)
    with pytest.raises(CalibrationError, match=r"face and fingerprint together.*1e-08 is the smallest"):
        fusion.threshold_for(smallest / 2)
    nobody = Fusion(FACE, table(knots_of([(0.0, 1.0, 1.0), (0.5, 0.1, 0.9)]), "fingerprint"), EACH)
    with pytest.raises(CalibrationError):
        nobody.threshold_for(0.5)


def test_strangers_drawn_by_the_tables_pass_as_often_as_said() -> None:
    fusion = Fusion(FACE, FINGER, 1.0)
    threshold = fusion.threshold_for(0.02)
    faces, fingers = drawn(FACE, 20_000, 1), drawn(FINGER, 20_000, 2)
    passed = np.mean([fusion.llr_of(*pair) >= threshold for pair in zip(faces, fingers, strict=True)])
    expected = fusion.fmr_of(threshold)
    assert 0 < expected <= 0.02
    assert passed == pytest.approx(expected, rel=0.25)
