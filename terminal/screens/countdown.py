"""What is left of a preset time, and how it is said. Pure."""

from __future__ import annotations

from typing import Final

from terminal.presenter.view import Countdown

_HAND_STEPS: Final = 360
"""A ring moves in whole degrees, so that it is drawn again only when a hand would move."""
_HURRY_MS: Final = 10_000
"""What is left when the ring says hurry: the ink changes, and the number is the smaller one."""
_MINUTE_S: Final = 60
_LONGEST_IN_SECONDS: Final = 99
_MS_PER_S: Final = 1_000


def left_ms(countdown: Countdown, now_ms: int) -> int:
    """What is left of the preset time: 0..total."""
    return max(0, min(countdown.total_ms, countdown.ends_at_ms - now_ms))


def left_fraction(countdown: Countdown, now_ms: int) -> float:
    """What is left as a part of the whole, 0..1, in whole degrees of a circle."""
    if countdown.total_ms <= 0:
        return 0.0
    return round(left_ms(countdown, now_ms) / countdown.total_ms * _HAND_STEPS) / _HAND_STEPS


def spell_left(countdown: Countdown, now_ms: int) -> str:
    """Whole seconds, begun ones counted; from 100 s on as minutes and seconds."""
    seconds = -(-left_ms(countdown, now_ms) // _MS_PER_S)
    if seconds <= _LONGEST_IN_SECONDS:
        return str(seconds)
    return f"{seconds // _MINUTE_S}:{seconds % _MINUTE_S:02d}"


def hurries(countdown: Countdown, now_ms: int) -> bool:
    """Whether little is left."""
    return left_ms(countdown, now_ms) <= _HURRY_MS
