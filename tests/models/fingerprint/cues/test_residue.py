"""A touch that lies where an earlier one lay is told from the finger laid down anew."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.comparison.iso19794_2 import MinutiaeRecord
from models.fingerprint.cues.residue import COMPARED_MIN, repeated_share
from tests.models.comparison.minutiae import finger, moved, record_of

seeds = st.integers(0, 10_000)


@given(seeds, st.integers(COMPARED_MIN, 50))
def test_the_same_touch_is_all_there_again(seed: int, count: int) -> None:
    assert repeated_share(record_of(finger(seed, count)), record_of(finger(seed, count))) == 1.0


@given(seeds, seeds, st.integers(8, 40))
def test_it_is_a_share_and_the_same_both_ways(seed: int, other: int, count: int) -> None:
    one, two = record_of(finger(seed, 30)), record_of(finger(other, count))
    assert repeated_share(one, two) == repeated_share(two, one)
    assert 0.0 <= repeated_share(one, two) <= 1.0


@pytest.mark.fault(63)
@given(seeds, st.integers(8, 30))
def test_a_print_of_which_a_part_is_left_is_still_the_same_one(seed: int, left: int) -> None:
    assert repeated_share(record_of(finger(seed, 30)), record_of(finger(seed, 30)[:left])) == 1.0


@given(seeds, st.floats(2.5, 40.0), st.floats(0.0, 2.0 * math.pi))
def test_a_finger_a_little_further_on_is_another_touch(seed: int, px: float, heading: float) -> None:
    shift = (round(px * math.cos(heading)), round(px * math.sin(heading)))
    again = moved(finger(seed), turn_rad=0.0, shift_px=shift)
    assert repeated_share(record_of(finger(seed)), record_of(again)) < 0.2


@given(seeds, st.floats(0.15, 0.7))
def test_a_finger_turned_a_little_is_another_touch(seed: int, turn_rad: float) -> None:
    again = moved(finger(seed), turn_rad=turn_rad, shift_px=(0, 0))
    assert repeated_share(record_of(finger(seed)), record_of(again)) < 0.35


@given(seeds)
def test_readers_of_two_resolutions_are_brought_together(seed: int) -> None:
    coarse = record_of(finger(seed), 197)
    scaled = tuple(replace(one, x=one.x * 2, y=one.y * 2) for one in coarse.minutiae)
    fine = MinutiaeRecord(2 * coarse.width, 2 * coarse.height, 394, scaled)
    assert repeated_share(coarse, fine) == 1.0


@pytest.mark.parametrize("count", [0, 1, COMPARED_MIN - 1])
def test_of_too_few_minutiae_nothing_is_said(count: int) -> None:
    few = record_of(finger(1, 30)[:count])
    assert repeated_share(few, record_of(finger(1, 30))) == repeated_share(record_of(finger(1, 30)), few) == 0.0
