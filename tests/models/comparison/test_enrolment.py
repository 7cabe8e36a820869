"""A finger's impressions are enrolled only if they are enough, good, different, and all of one finger."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.enrolment import IMPRESSIONS_MAX, IMPRESSIONS_MIN, check_impressions, same_place
from models.comparison.fingerprint import ENROLMENT_MINUTIAE_MIN
from models.comparison.iso19794_2 import encode
from models.errors import RecordError
from tests.models.comparison.minutiae import finger, moved, record_of

PLACES = ((0, 0), (14, 0), (0, 14), (-14, 0), (0, -14), (14, 14))


def impressions(seed: int, count: int = 4) -> list[bytes]:
    """Of one finger, laid down a little differently each time."""
    return [encode(record_of(moved(finger(seed), turn_rad=0.1, shift_px=place))) for place in PLACES[:count]]


@pytest.mark.parametrize("count", range(IMPRESSIONS_MIN, IMPRESSIONS_MAX + 1))
def test_impressions_that_differ_are_one_finger_s_reference(count: int) -> None:
    check_impressions(impressions(1, count))


@pytest.mark.parametrize("count", [0, IMPRESSIONS_MIN - 1, IMPRESSIONS_MAX + 1])
def test_too_few_and_too_many_are_refused(count: int) -> None:
    many = [*impressions(1, 6), *impressions(2, 6)][:count]
    with pytest.raises(RecordError, match=f"not {count}"):
        check_impressions(many)


@pytest.mark.fault(40)
def test_a_poor_or_malformed_one_is_named() -> None:
    good = impressions(1)
    poor = encode(record_of(finger(1)[: ENROLMENT_MINUTIAE_MIN - 1]))
    for bad, words in ((poor, "needed to enrol"), (good[2][:-1], "fingerprint record")):
        with pytest.raises(RecordError, match=f"impression 3: .*{words}"):
            check_impressions([*good[:2], bad, good[3]])


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1_000), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(seed: int, order: random.Random) -> None:
    shuffled = impressions(seed)
    order.shuffle(shuffled)
    check_impressions(shuffled)
    stranger = [*shuffled[:3], impressions(seed + 1)[0]]
    order.shuffle(stranger)
    with pytest.raises(RecordError, match="another finger"):
        check_impressions(stranger)


def test_two_fingers_of_two_impressions_each_are_refused() -> None:
    with pytest.raises(RecordError, match="impression 3 is of another finger"):
        check_impressions([*impressions(1, 2), *impressions(2, 2)])


def test_ends_that_do_not_overlap_are_joined_by_the_middle() -> None:
    """Three strips of one long finger: the outer two share too little, the middle one is like both."""
    whole = finger(3, 60)
    xs = sorted(minutia.x for minutia in whole)
    third = len(xs) // 3
    left = tuple(m for m in whole if m.x <= xs[2 * third - 4])
    right = tuple(m for m in whole if m.x >= xs[third + 4])
    strips = [
        moved(strip, turn_rad=0.0, shift_px=place) for strip, place in zip([left, right, whole], PLACES, strict=False)
    ]
    records = [encode(record_of(strip)) for strip in (*strips, moved(whole, turn_rad=0.0, shift_px=PLACES[3]))]
    check_impressions(records)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1_000), st.integers(-4, 4), st.integers(-4, 4))
def test_the_same_touch_once_more_adds_nothing(seed: int, shift_x: int, shift_y: int) -> None:
    here = record_of(finger(seed))
    again = record_of(moved(finger(seed), turn_rad=0.0, shift_px=(shift_x, shift_y)))
    assert same_place(here, again)
    assert same_place(again, here)
    good = impressions(seed)
    with pytest.raises(RecordError, match="impressions 1 and 4 are of the same part"):
        check_impressions([encode(here), *good[1:3], encode(again)])


def test_nothing_is_in_no_place() -> None:
    assert not same_place(record_of(()), record_of(finger(1)))
    assert not same_place(record_of(finger(1)), record_of(()))
