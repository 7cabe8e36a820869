"""Records that no finger gives, made up to be like any: well-formed, compared without error, and nobody's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from models.comparison.fingerprint import finger_score
from models.comparison.iso19794_2 import ANGLE_STEPS, MINUTIAE_MAX, Minutia, MinutiaKind, encode
from tests.models.comparison.minutiae import SIDE_PX, finger, record_of
from tests.thresholds import FINGER_SCORE_MIN

pytestmark = pytest.mark.fault(40)

OWNERS: Final = tuple(finger(seed, 40) for seed in range(3))
MIDDLE_PX: Final = SIDE_PX // 2
HALF_TURN: Final = ANGLE_STEPS // 2

Made = tuple[Minutia, ...]


def at(x: float, y: float, angle: float) -> Minutia:
    return Minutia(round(x), round(y), round(angle) % ANGLE_STEPS, MinutiaKind.ENDING, 100)


def grid(step_px: int, turning: int) -> Made:
    axis = range(SIDE_PX // 4, 3 * SIDE_PX // 4, step_px)
    places = [(x, y) for y in axis for x in axis][:MINUTIAE_MAX]
    return tuple(at(x, y, number * turning) for number, (x, y) in enumerate(places))


def ring(count: int, radius_px: float, pointing: int) -> Made:
    turns = [number / count for number in range(count)]
    return tuple(
        at(
            MIDDLE_PX + radius_px * math.cos(math.tau * turn),
            MIDDLE_PX - radius_px * math.sin(math.tau * turn),
            turn * ANGLE_STEPS + pointing,
        )
        for turn in turns
    )


def strewn(count: int, seed: int, *, one_way: bool) -> Made:
    chance = np.random.default_rng(seed)
    places = chance.permutation((SIDE_PX // 2) ** 2)[:count]
    return tuple(
        at(
            SIDE_PX // 4 + int(place) % (SIDE_PX // 2),
            SIDE_PX // 4 + int(place) // (SIDE_PX // 2),
            64 if one_way else chance.integers(ANGLE_STEPS),
        )
        for place in places
    )


MADE: Final = {
    **{f"grid {step}, {turn}": grid(step, turn) for step in (8, 12, 16, 24) for turn in (0, 1, 7, 64)},
    **{f"ring {count}, {radius}": ring(count, radius, 64) for count, radius in ((20, 60.0), (40, 90.0), (128, 95.0))},
    **{f"rays {count}, {radius}": ring(count, radius, 0) for count, radius in ((20, 60.0), (40, 90.0), (128, 95.0))},
    **{f"strewn {count}": strewn(count, count, one_way=False) for count in (20, 60, 128, MINUTIAE_MAX)},
    **{f"combed {count}": strewn(count, count, one_way=True) for count in (20, 60, 128, MINUTIAE_MAX)},
}


@pytest.mark.parametrize("name", MADE)
def test_what_no_finger_gives_is_nobody_s(name: str) -> None:
    probe = encode(record_of(MADE[name]))
    assert all(finger_score([encode(record_of(owner))], probe) < FINGER_SCORE_MIN / 2 for owner in OWNERS)


ALTERED: Final[dict[str, Callable[[Minutia], Minutia]]] = {
    "mirrored": lambda m: replace(m, x=SIDE_PX - 1 - m.x, angle=(HALF_TURN - m.angle) % ANGLE_STEPS),
    "upside down": lambda m: replace(
        m, x=SIDE_PX - 1 - m.x, y=SIDE_PX - 1 - m.y, angle=(m.angle + HALF_TURN) % ANGLE_STEPS
    ),
    "directions reversed": lambda m: replace(m, angle=(m.angle + HALF_TURN) % ANGLE_STEPS),
    "all one way": lambda m: replace(m, angle=0),
    "half as large": lambda m: replace(m, x=m.x // 2, y=m.y // 2),
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_finger_s_own_minutiae_altered_are_not_its(how: str) -> None:
    for owner in OWNERS:
        probe = encode(record_of(tuple(map(ALTERED[how], owner))))
        assert finger_score([encode(record_of(owner))], probe) < FINGER_SCORE_MIN
