"""What counts as a match: one modality at its own rate, two by their sum, and nothing that is no score."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.calibration import Calibration
from models.comparison.calibrations import released
from models.comparison.fusion import Fusion
from models.errors import CalibrationError
from server_mqtt.contract.messages import Modality
from server_mqtt.verification.finding import MatchRates
from server_mqtt.verification.matching import Scored, matches
from server_mqtt.verification.policy import (
    MAX_FMR,
    MAX_FMR_EACH_OF_BOTH,
    MIN_FMR,
    MIN_FMR_BOTH,
    Policy,
    match_rates,
)
from tests.models.comparison.tables import GOOD, table

RATES = MatchRates()
FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
SCORES = st.floats(0.0, 1.0)


def scored(modality: Modality, score: float) -> Scored:
    return Scored(modality=modality, score=score, calibration=table(GOOD, modality.value))


@pytest.mark.parametrize("modality", Modality)
def test_one_modality_matches_at_the_score_of_its_rate(modality: Modality) -> None:
    rates = MatchRates(face=1e-3, fingerprint=1e-3)
    assert matches(rates, [scored(modality, 0.6)])
    assert not matches(rates, [scored(modality, math.nextafter(0.6, 0))])
    strict = replace(rates, **{modality.value: 1e-4})
    assert not matches(strict, [scored(modality, 0.6)])
    assert matches(strict, [scored(modality, 0.7)])


def test_two_match_by_their_sum_and_neither_carries_the_other() -> None:
    rates = MatchRates(both=5e-6, each_of_both=1e-2)
    for first, second, same in ((0.7, 0.5, True), (0.5, 0.7, True), (0.5, 0.5, False), (1.0, 0.49, False)):
        assert matches(rates, [scored(FACE, first), scored(FINGER, second)]) is same
        assert matches(rates, [scored(FINGER, second), scored(FACE, first)]) is same


@settings(deadline=None)
@given(SCORES, SCORES)
def test_of_two_both_are_at_least_what_each_must_be(first: float, second: float) -> None:
    both = [scored(FACE, first), scored(FINGER, second)]
    if matches(RATES, both):
        assert all(one.calibration.fmr_of(one.score) <= RATES.each_of_both for one in both)


@pytest.mark.fault(41)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1, 1.0001])
def test_what_is_no_score_is_no_match(value: float) -> None:
    for modality in Modality:
        assert not matches(RATES, [scored(modality, value)])
    assert not matches(RATES, [scored(FACE, value), scored(FINGER, 1.0)])
    assert not matches(RATES, [scored(FACE, 1.0), scored(FINGER, value)])
    assert not matches(RATES, [])


def test_a_rate_that_nothing_measured_reaches_is_an_error_and_no_match() -> None:
    with pytest.raises(CalibrationError, match="cannot be told"):
        matches(MatchRates(face=1e-9), [scored(FACE, 1.0)])
    with pytest.raises(CalibrationError, match="cannot be told"):
        matches(MatchRates(both=1e-12), [scored(FACE, 1.0), scored(FINGER, 1.0)])


@pytest.mark.fault(72)
def test_a_score_is_not_printed() -> None:
    assert "0.123" not in repr(scored(FACE, 0.123))


def test_every_released_calibration_reaches_every_rate_that_a_policy_may_ask_for() -> None:
    every = list(released())
    for one in every:
        assert one.score_for(MIN_FMR) <= 1.0
        assert one.score_for(MAX_FMR_EACH_OF_BOTH) < one.score_for(MAX_FMR)
    for face in (one for one in every if one.modality == "face"):
        for finger in (one for one in every if one.modality == "fingerprint"):
            for each in (MIN_FMR, MAX_FMR_EACH_OF_BOTH):
                fusion = Fusion(face, finger, each)
                assert fusion.fmr_of(fusion.threshold_for(MIN_FMR_BOTH)) == pytest.approx(MIN_FMR_BOTH, rel=0.1)


def test_the_default_policy_rejects_fewer_by_the_sum_than_by_both_alone() -> None:
    """At the same false match rate, of the people measured."""
    rates = match_rates(Policy())
    assert rates.both == pytest.approx(rates.face * rates.fingerprint)
    (face,) = (one for one in released() if one.modality == "face" and one.captured == 3)
    for finger in (one for one in released() if one.modality == "fingerprint"):
        accepted = sum(
            own * other_own
            for score, own in zip(*_own(face), strict=True)
            for other, other_own in zip(*_own(finger), strict=True)
            if matches(
                rates,
                [
                    Scored(modality=FACE, score=score, calibration=face),
                    Scored(modality=FINGER, score=other, calibration=finger),
                ],
            )
        )
        alone = 1.0
        for one in (face, finger):
            alone *= next(knot.tmr for knot in one.knots if knot.fmr <= MAX_FMR)
        assert accepted > alone


def _own(one: Calibration) -> tuple[list[float], list[float]]:
    """Scores, and the share of people whose own score is there."""
    rates = [knot.tmr for knot in one.knots] + [0.0]
    return [knot.score for knot in one.knots], [first - then for first, then in itertools.pairwise(rates)]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("face_fmr", 1e-9),
        ("face_fmr", 1e-3),
        ("fingerprint_fmr", 0.0),
        ("fingerprint_fmr", float("nan")),
        ("both_fmr", 1e-13),
        ("both_fmr", 1e-2),
        ("each_of_both_fmr", 0.5),
    ],
)
def test_a_policy_may_not_ask_for_what_was_not_measured_nor_for_less_than_nist(setting: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{setting} must be"):
        Policy(**{setting: value})  # type: ignore[arg-type]  # one setting by its name
