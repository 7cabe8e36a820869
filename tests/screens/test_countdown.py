"""The preset time that is left: never more than there was, never below nothing, the second that has begun counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.presenter.view import Countdown
from terminal.screens.countdown import hurries, left_fraction, left_ms, spell_left

TIMES = st.integers(-(10**9), 10**9)
COUNTDOWNS = st.builds(lambda total, ends: Countdown(total_ms=total, ends_at_ms=ends), st.integers(0, 10**7), TIMES)


@given(COUNTDOWNS, TIMES)
def test_what_is_left_is_part_of_what_there_was(countdown: Countdown, now_ms: int) -> None:
    assert 0 <= left_ms(countdown, now_ms) <= countdown.total_ms
    assert 0 <= left_fraction(countdown, now_ms) <= 1


@given(COUNTDOWNS, TIMES, st.integers(0, 10**6))
def test_it_never_grows(countdown: Countdown, now_ms: int, later: int) -> None:
    assert left_ms(countdown, now_ms + later) <= left_ms(countdown, now_ms)
    assert left_fraction(countdown, now_ms + later) <= left_fraction(countdown, now_ms)


@given(COUNTDOWNS, TIMES)
def test_the_hand_stands_where_the_time_is(countdown: Countdown, now_ms: int) -> None:
    if countdown.total_ms:
        true = left_ms(countdown, now_ms) / countdown.total_ms
        assert left_fraction(countdown, now_ms) == pytest.approx(true, abs=1 / 720)


@given(st.integers(0, 10**7))
def test_zero_is_said_only_when_nothing_is_left(left: int) -> None:
    countdown = Countdown(total_ms=10**7, ends_at_ms=left)
    said = spell_left(countdown, 0)
    assert (said == "0") == (left == 0)
    minutes, _, seconds = said.rpartition(":")
    assert int(minutes or 0) * 60 + int(seconds) == -(-left // 1000)


@pytest.mark.parametrize(
    ("left", "said"), [(0, "0"), (1, "1"), (43_000, "43"), (99_000, "99"), (99_001, "1:40"), (154_000, "2:34")]
)
def test_known_times(left: int, said: str) -> None:
    assert spell_left(Countdown(total_ms=180_000, ends_at_ms=left), 0) == said


def test_the_last_ten_seconds_hurry() -> None:
    countdown = Countdown(total_ms=60_000, ends_at_ms=60_000)
    assert not hurries(countdown, 49_999)
    assert hurries(countdown, 50_000)
