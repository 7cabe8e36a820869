"""Minutiae made up for tests: spread over an image as on a finger, moved as a finger is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.comparison.iso19794_2 import ANGLE_STEPS, Minutia, MinutiaeRecord, MinutiaKind

SIDE_PX = 400
_SPACING_PX = 18.0


def finger(seed: int, count: int = 30) -> tuple[Minutia, ...]:
    """`count` minutiae in the middle half of the image, none closer than two ridges to another."""
    rng = np.random.default_rng(seed)
    minutiae: list[Minutia] = []
    while len(minutiae) < count:
        x, y = (int(value) for value in rng.integers(SIDE_PX // 4, 3 * SIDE_PX // 4, 2))
        if all(math.hypot(x - other.x, y - other.y) >= _SPACING_PX for other in minutiae):
            kind = MinutiaKind.ENDING if rng.random() < 0.5 else MinutiaKind.BIFURCATION
            minutiae.append(Minutia(x, y, int(rng.integers(ANGLE_STEPS)), kind, 80))
    return tuple(minutiae)


def moved(minutiae: Sequence[Minutia], *, turn_rad: float, shift_px: tuple[int, int]) -> tuple[Minutia, ...]:
    """The minutiae turned counter-clockwise about the image's middle, then shifted, rounded to the pixel."""
    middle = SIDE_PX / 2.0
    cos, sin = math.cos(turn_rad), math.sin(turn_rad)
    return tuple(
        Minutia(
            round(middle + (m.x - middle) * cos + (m.y - middle) * sin) + shift_px[0],
            round(middle - (m.x - middle) * sin + (m.y - middle) * cos) + shift_px[1],
            round(m.angle + turn_rad * ANGLE_STEPS / (2.0 * math.pi)) % ANGLE_STEPS,
            m.kind,
            m.quality,
        )
        for m in minutiae
    )


def record_of(minutiae: Sequence[Minutia], resolution_px_per_cm: int = 197) -> MinutiaeRecord:
    """A record of an image that holds them."""
    return MinutiaeRecord(SIDE_PX, SIDE_PX, resolution_px_per_cm, tuple(minutiae))
