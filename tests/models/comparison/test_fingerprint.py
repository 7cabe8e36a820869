"""Fingers are told apart however they were laid down, and poor or hostile templates score nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.fingerprint import (
    ENROLMENT_MINUTIAE_MIN,
    PROBE_MINUTIAE_MIN,
    REFERENCES_MAX,
    check_enrolment,
    finger_score,
)
from models.comparison.iso19794_2 import ANGLE_STEPS, Minutia, MinutiaKind, encode
from models.errors import RecordError
from tests.models.comparison.minutiae import SIDE_PX, finger, moved, record_of
from tests.thresholds import FINGER_SCORE_MIN

_REFERENCE = encode(record_of(finger(0)))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(20, 50))
def test_a_finger_is_itself(seed: int, count: int) -> None:
    record = encode(record_of(finger(seed, count)))
    assert finger_score([record], record) > 0.5


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 100), st.floats(-0.7, 0.7), st.integers(-40, 40), st.integers(-40, 40))
def test_turning_and_shifting_keep_the_score(seed: int, turn_rad: float, shift_x: int, shift_y: int) -> None:
    minutiae = finger(seed)
    same = encode(record_of(minutiae))
    turned = encode(record_of(moved(minutiae, turn_rad=turn_rad, shift_px=(shift_x, shift_y))))
    score = finger_score([same], turned)
    assert score > 4.0 * FINGER_SCORE_MIN
    assert score > 0.7 * finger_score([same], same)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 100), st.randoms(use_true_random=False))
def test_the_order_of_minutiae_does_not_matter(seed: int, order: random.Random) -> None:
    minutiae = list(finger(seed))
    probe = moved(minutiae, turn_rad=0.2, shift_px=(5, -3))
    before = finger_score([encode(record_of(minutiae))], encode(record_of(probe)))
    order.shuffle(minutiae)
    assert finger_score([encode(record_of(minutiae))], encode(record_of(probe))) == pytest.approx(before, abs=1e-3)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 100), st.integers(0, 100))
def test_the_score_is_symmetric(first_seed: int, second_seed: int) -> None:
    first, second = (encode(record_of(finger(seed))) for seed in (first_seed, second_seed))
    assert finger_score([first], second) == pytest.approx(finger_score([second], first), abs=1e-3)


def test_strangers_stay_below_the_threshold() -> None:
    records = [encode(record_of(finger(seed, 20 + seed % 20))) for seed in range(24)]
    scores = [finger_score([a], b) for i, a in enumerate(records) for b in records[:i]]
    assert max(scores) < FINGER_SCORE_MIN


def test_the_best_of_the_enrolled_impressions_counts() -> None:
    probe = encode(record_of(moved(finger(0), turn_rad=0.1, shift_px=(3, 3))))
    strangers = [encode(record_of(finger(seed))) for seed in (1, 2, 3)]
    assert finger_score([*strangers, _REFERENCE], probe) == finger_score([_REFERENCE], probe)
    assert finger_score(strangers, probe) < FINGER_SCORE_MIN


def test_a_score_that_is_enough_ends_the_search() -> None:
    stranger, better = encode(record_of(finger(1))), _REFERENCE
    good = encode(record_of(moved(finger(0), turn_rad=0.1, shift_px=(3, 3))))
    wanted = finger_score([good], _REFERENCE)
    assert FINGER_SCORE_MIN <= wanted < finger_score([better], _REFERENCE)
    assert finger_score([stranger, good, better], _REFERENCE, enough=FINGER_SCORE_MIN) == wanted
    assert finger_score([stranger, good, better], _REFERENCE) == finger_score([better], _REFERENCE)
    with pytest.raises(RecordError):
        finger_score([good, good[:-1]], _REFERENCE, enough=FINGER_SCORE_MIN)


def test_half_a_finger_is_still_recognised() -> None:
    half = tuple(m for m in finger(0, 40) if m.x < SIDE_PX * 0.55)
    assert finger_score([encode(record_of(finger(0, 40)))], encode(record_of(half))) > FINGER_SCORE_MIN


@pytest.mark.fault(40)
@pytest.mark.parametrize("wrong", [b"", b"\x00" * 210, b"\xff" * 210, _REFERENCE[:-1], _REFERENCE + b"\x00"])
def test_malformed_templates_never_reach_the_comparison(wrong: bytes) -> None:
    with pytest.raises(RecordError):
        finger_score([_REFERENCE], wrong)
    with pytest.raises(RecordError):
        finger_score([wrong], _REFERENCE)


@pytest.mark.fault(40)
def test_a_poor_impression_is_not_enrolled() -> None:
    poor = encode(record_of(finger(0)[: ENROLMENT_MINUTIAE_MIN - 1]))
    enough = encode(record_of(finger(0)[:ENROLMENT_MINUTIAE_MIN]))
    assert len(check_enrolment(enough).minutiae) == ENROLMENT_MINUTIAE_MIN
    with pytest.raises(RecordError, match="needed to enrol"):
        check_enrolment(poor)
    with pytest.raises(RecordError, match="needed to enrol"):
        finger_score([_REFERENCE, poor], _REFERENCE)


@pytest.mark.fault(40)
def test_a_probe_with_too_little_scores_nothing() -> None:
    for count in range(PROBE_MINUTIAE_MIN):
        assert finger_score([_REFERENCE], encode(record_of(finger(0)[:count]))) == 0.0


@pytest.mark.parametrize("count", [0, REFERENCES_MAX + 1])
def test_the_number_of_references_is_bounded(count: int) -> None:
    with pytest.raises(RecordError, match="enrolled impressions"):
        finger_score([_REFERENCE] * count, _REFERENCE)


def test_a_flood_of_minutiae_does_not_match_everybody() -> None:
    rng = np.random.default_rng(7)
    places = rng.permutation(200 * 200)[:255]
    flood = tuple(
        Minutia(100 + int(p % 200), 100 + int(p // 200), int(rng.integers(ANGLE_STEPS)), MinutiaKind.ENDING, 99)
        for p in places
    )
    references = [encode(record_of(finger(seed, 30))) for seed in range(4)]
    assert finger_score(references, encode(record_of(flood))) < FINGER_SCORE_MIN


def test_a_line_of_minutiae_is_compared_without_error() -> None:
    line = tuple(Minutia(k * 12, 200, 64, MinutiaKind.ENDING, 99) for k in range(30))
    record = replace(record_of(line), quality=1)
    assert 0.0 <= finger_score([_REFERENCE], encode(record)) < FINGER_SCORE_MIN


def test_minutiae_without_neighbours_score_nothing() -> None:
    scattered = tuple(
        Minutia(150 * column, 150 * row, 0, MinutiaKind.ENDING, 99) for row in range(4) for column in range(4)
    )
    record = replace(record_of(()), width=600, height=600, minutiae=scattered)
    assert finger_score([_REFERENCE], encode(record)) == 0.0
    assert finger_score([encode(record)], _REFERENCE) == 0.0
