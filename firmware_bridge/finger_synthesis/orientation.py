"""Which way the ridges of a synthetic finger run: an orientation field around loops and deltas. Pure.

Source: B. Sherlock, D. Monro, "A model for interpreting fingerprint topology", Pattern Recognition 26(7), 1993:
half the sum of the bearings from the deltas is taken from half the sum of the bearings from the loops. Arches have
neither: their ridges are waves, as in R. Cappelli, "SFinGe: an approach to synthetic fingerprint generation", 2004.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_ARCH_HEIGHT: Final = 1.15
"""Steepest slope of an arch's ridges is about its arc tangent."""

_ARCH_WIDTH_PX: Final = 300.0
_DOME_RAD: Final = 0.5
"""How far the ridges above the core lean down to both sides, as they follow the fingertip's outline."""

_DOME_REACH_PX: Final = 120.0
_SHOULDER_RAD: Final = 0.3
"""The same below the core of a loop, on the side without a delta: there its ridges leave the finger."""

_SHOULDER_REACH_PX: Final = 110.0
_WANDER_RAD: Final = 0.2
"""Amplitude of the waves that make two fingers of one class differ everywhere."""


class Pattern(StrEnum):
    """The class of a finger (Henry)."""

    ARCH = "arch"
    LEFT_LOOP = "left_loop"
    RIGHT_LOOP = "right_loop"
    WHORL = "whorl"


@dataclass(frozen=True, slots=True)
class Singularities:
    """Where ridges turn around (loops) and where they part (deltas); pixels from the middle, y upwards."""

    loops: tuple[tuple[float, float], ...]
    deltas: tuple[tuple[float, float], ...]


def place_singularities(pattern: Pattern, rng: np.random.Generator) -> Singularities:
    """Loops and deltas of one finger of the class, at a distance that people's fingers have."""
    if pattern is Pattern.ARCH:
        return Singularities((), ())
    x, y = rng.normal(0.0, 12.0), rng.normal(18.0, 13.0)
    if pattern is Pattern.WHORL:
        gap = rng.uniform(14.0, 70.0)
        lean = rng.normal(0.0, 7.0)
        loops = ((x + lean, y + gap / 2.0), (x - lean, y - gap / 2.0))
        left = (x - rng.uniform(78.0, 108.0), y - rng.uniform(75.0, 115.0))
        right = (x + rng.uniform(78.0, 108.0), y - rng.uniform(75.0, 115.0))
        return Singularities(loops, (left, right))
    side = 1.0 if pattern is Pattern.LEFT_LOOP else -1.0
    delta = (x + side * rng.uniform(62.0, 95.0), y - rng.uniform(70.0, 110.0))
    return Singularities(((x, y),), (delta,))


def orientation_field(
    pattern: Pattern, singularities: Singularities, height: int, width: int, rng: np.random.Generator
) -> Floats:
    """The ridges' direction at every pixel [height, width], radians counter-clockwise from the image's right,
    meant modulo pi.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x -= (width - 1) / 2.0
    y = (height - 1) / 2.0 - y
    angle = _arch(x, y, rng) if pattern is Pattern.ARCH else _zero_pole(x, y, singularities, rng)
    return (angle + _wander(x, y, rng)).astype(np.float32)


def _arch(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    centre = rng.normal(0.0, 10.0)
    steepness = _ARCH_HEIGHT * rng.uniform(0.8, 1.15)
    # The wave is flat at the crease below and highest a little above the middle.
    rise = np.clip(1.0 - np.abs(y - 15.0) / 230.0, 0.15, 1.0)
    slope = -steepness * rise * np.sin(np.clip(2.0 * math.pi * (x - centre) / _ARCH_WIDTH_PX, -math.pi, math.pi))
    return np.asarray(np.arctan(slope), np.float32)


def _zero_pole(x: Floats, y: Floats, singularities: Singularities, rng: np.random.Generator) -> Floats:
    angle = np.zeros_like(x)
    for loop_x, loop_y in singularities.loops:
        angle += np.arctan2(y - loop_y, x - loop_x) / 2.0
    for delta_x, delta_y in singularities.deltas:
        angle -= np.arctan2(y - delta_y, x - delta_x) / 2.0
    return angle + _lean(x, y, singularities, rng)


def _lean(x: Floats, y: Floats, singularities: Singularities, rng: np.random.Generator) -> Floats:
    """What the finger's round outline adds to the zero-pole model, which knows of a flat plane only."""
    loop_x, loop_y = singularities.loops[0]
    beside = np.clip((x - loop_x) / _DOME_REACH_PX, -1.0, 1.0)
    above = np.clip(0.5 + (y - loop_y) / 120.0, 0.0, 1.0)
    dome, shoulder = (mean * rng.uniform(0.6, 1.4) for mean in (_DOME_RAD, _SHOULDER_RAD))
    lean = -dome * np.sin(beside * math.pi / 2.0) * above
    if len(singularities.deltas) == 1:
        side = math.copysign(1.0, singularities.deltas[0][0] - loop_x)
        away = np.clip(-side * (x - loop_x) / _SHOULDER_REACH_PX, 0.0, 1.0)
        lean += side * shoulder * away * np.clip(1.0 + (y - loop_y) / 180.0, 0.0, 1.0)
    return np.asarray(lean, np.float32)


def _wander(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    total = np.zeros_like(x)
    for _ in range(3):
        wave = rng.uniform(180.0, 420.0)
        heading, phase = rng.uniform(0.0, 2.0 * math.pi, 2)
        along = x * math.cos(heading) + y * math.sin(heading)
        total += np.sin(2.0 * math.pi * along / wave + phase).astype(np.float32)
    return (_WANDER_RAD / 2.0) * total
