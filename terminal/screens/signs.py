"""The drawn signs as coverage masks, from signed distances: smooth at any size, told apart by shape. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from terminal.presenter.view import ButtonId, Tone

Floats = NDArray[np.float64]
Shape = Callable[[Floats, Floats], Floats]
"""Signed distance to a shape's edge over x, y of -1..1 (y up), negative inside."""


def disc(radius: float, x0: float = 0.0, y0: float = 0.0) -> Shape:
    """A filled circle."""
    return lambda x, y: np.hypot(x - x0, y - y0) - radius


def stroke(points: list[tuple[float, float]], width: float) -> Shape:
    """A line through `points` with round ends."""

    def distance(x: Floats, y: Floats) -> Floats:
        parts = [_to_segment(x, y, a, b) for a, b in pairwise(points)]
        return _nearest(parts) - width / 2

    return distance


def _nearest(distances: list[Floats]) -> Floats:
    nearest: Floats = reduce(np.minimum, distances)
    return nearest


def _to_segment(x: Floats, y: Floats, a: tuple[float, float], b: tuple[float, float]) -> Floats:
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = np.clip(((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
    away: Floats = np.hypot(x - a[0] - along * dx, y - a[1] - along * dy)
    return away


def arc(
    radius: float, start_deg: float, end_deg: float, width: float, centre: tuple[float, float] = (0.0, 0.0)
) -> Shape:
    """Part of a circle, anticlockwise from `start_deg` (0 is east), with round ends; 360 degrees make a ring."""
    span = min(end_deg - start_deg, 360.0)

    def distance(x: Floats, y: Floats) -> Floats:
        u, v = x - centre[0], y - centre[1]
        turned = np.mod(np.degrees(np.arctan2(v, u)) - start_deg, 360.0)
        body = np.abs(np.hypot(u, v) - radius)
        ends = [
            np.hypot(u - radius * np.cos(np.radians(a)), v - radius * np.sin(np.radians(a)))
            for a in (start_deg, start_deg + span)
        ]
        return np.where(turned <= span, body, np.minimum(*ends)) - width / 2

    return distance


def polygon(corners: int, radius: float, turn_deg: float, rounding: float, y0: float = 0.0) -> Shape:
    """A regular polygon of the given outer radius, its first corner at `turn_deg`, with corners rounded so much."""
    angles = np.radians(turn_deg + np.arange(corners + 1) * 360.0 / corners)
    core = radius - rounding
    points = [(core * float(np.cos(angle)), core * float(np.sin(angle))) for angle in angles]
    sides = np.radians(turn_deg + (np.arange(corners) + 0.5) * 360.0 / corners)

    def distance(x: Floats, y: Floats) -> Floats:
        v = y - y0
        inside: Floats = reduce(np.maximum, [x * np.cos(side) + v * np.sin(side) for side in sides])
        inside = inside - core * np.cos(np.pi / corners)
        outside = _nearest([_to_segment(x, v, a, b) for a, b in pairwise(points)])
        return np.where(inside < 0, inside, outside) - rounding

    return distance


def union(*shapes: Shape) -> Shape:
    """What is in any of the shapes."""
    return lambda x, y: _nearest([shape(x, y) for shape in shapes])


def cut(shape: Shape, hole: Shape) -> Shape:
    """`shape` with `hole` taken out."""
    return lambda x, y: np.maximum(shape(x, y), -hole(x, y))


def coverage(shape: Shape, size_px: int) -> NDArray[np.uint8]:
    """uint8[size, size], row 0 at the bottom: how much of each pixel the shape covers."""
    axis = (np.arange(size_px) + 0.5) / size_px * 2 - 1
    x, y = np.meshgrid(axis, axis)
    alpha = np.clip(0.5 - shape(x, y) * size_px / 2, 0.0, 1.0)
    mask: NDArray[np.uint8] = np.round(alpha * 255).astype(np.uint8)
    return mask


_TICK: Final = [(-0.42, -0.02), (-0.12, -0.34), (0.44, 0.32)]
_CROSS: Final = union(stroke([(-0.33, -0.33), (0.33, 0.33)], 0.19), stroke([(-0.33, 0.33), (0.33, -0.33)], 0.19))

TONE_SIGNS: Final[Mapping[Tone, Shape]] = {
    Tone.NEUTRAL: cut(disc(0.92), union(disc(0.13, 0.0, 0.42), stroke([(0.0, 0.08), (0.0, -0.46)], 0.22))),
    Tone.WORKING: arc(0.76, -40.0, 230.0, 0.26),
    Tone.GOOD: cut(disc(0.92), stroke(_TICK, 0.2)),
    Tone.WAITING: cut(disc(0.92), stroke([(0.0, 0.5), (0.0, -0.04), (0.36, -0.26)], 0.18)),
    Tone.WARNING: cut(
        polygon(3, 1.08, 90.0, 0.2, -0.16), union(disc(0.13, 0.0, -0.52), stroke([(0.0, 0.34), (0.0, -0.18)], 0.22))
    ),
    Tone.BAD: cut(polygon(8, 0.98, 22.5, 0.08), _CROSS),
}

_ARROW_RIGHT: Final = union(
    stroke([(-0.7, 0.0), (0.66, 0.0)], 0.24), stroke([(0.16, 0.5), (0.68, 0.0), (0.16, -0.5)], 0.24)
)
_ARROW_LEFT: Final = union(
    stroke([(0.7, 0.0), (-0.66, 0.0)], 0.24), stroke([(-0.16, 0.5), (-0.68, 0.0), (-0.16, -0.5)], 0.24)
)
_BIG_TICK: Final = stroke([(-0.7, -0.06), (-0.22, -0.54), (0.72, 0.52)], 0.26)
_BIG_CROSS: Final = union(stroke([(-0.55, -0.55), (0.55, 0.55)], 0.26), stroke([(-0.55, 0.55), (0.55, -0.55)], 0.26))
_PLUS: Final = union(stroke([(-0.66, 0.0), (0.66, 0.0)], 0.26), stroke([(0.0, -0.66), (0.0, 0.66)], 0.26))
_AGAIN: Final = union(arc(0.64, 28.0, 325.0, 0.22), stroke([(0.2, 0.4), (0.6, 0.24), (0.84, 0.66)], 0.2))
_GLOBE: Final = union(
    arc(0.8, 0.0, 360.0, 0.16),
    stroke([(-0.8, 0.0), (0.8, 0.0)], 0.14),
    arc(1.3, -37.0, 37.0, 0.14, (-1.0, 0.0)),
    arc(1.3, 143.0, 217.0, 0.14, (1.0, 0.0)),
)

BUTTON_SIGNS: Final[Mapping[ButtonId, Shape]] = {
    ButtonId.NEW_PAYMENT: _PLUS,
    ButtonId.NEXT: _ARROW_RIGHT,
    ButtonId.BACK: _ARROW_LEFT,
    ButtonId.PAY: _BIG_TICK,
    ButtonId.CONSENT: _BIG_TICK,
    ButtonId.STOP: _BIG_CROSS,
    ButtonId.REFUSE: _BIG_CROSS,
    ButtonId.DONE: _BIG_TICK,
    ButtonId.RETRY: _AGAIN,
    ButtonId.LANGUAGE: _GLOBE,
}

BRAND_MARK: Final = union(
    cut(arc(0.84, 0.0, 360.0, 0.15), stroke([(0.0, 0.0), (1.0, 1.0)], 0.62)),
    stroke([(-0.52, 0.0), (-0.2, -0.34), (0.5, 0.5)], 0.17),
    stroke([(0.06, -0.22), (0.16, -0.34), (0.86, 0.5)], 0.17),
)
"""A ring with two ticks: both ends have signed."""
DELETE: Final = union(
    stroke([(-0.85, 0.0), (-0.3, 0.55), (0.85, 0.55), (0.85, -0.55), (-0.3, -0.55), (-0.85, 0.0)], 0.16),
    stroke([(0.06, 0.22), (0.5, -0.22)], 0.16),
    stroke([(0.06, -0.22), (0.5, 0.22)], 0.16),
)
STEP_CURRENT: Final = union(arc(0.8, 0.0, 360.0, 0.22), disc(0.36))
STEP_OPEN: Final = arc(0.8, 0.0, 360.0, 0.14)
CHEVRON: Final = stroke([(-0.25, 0.55), (0.3, 0.0), (-0.25, -0.55)], 0.2)
HEAD: Final = union(disc(0.36, 0.0, 0.34), cut(disc(0.72, 0.0, -0.9), stroke([(-2.0, -1.9), (2.0, -1.9)], 2.0)))
FINGERPRINT: Final = union(
    arc(0.13, 20.0, 200.0, 0.085, (0.0, 0.08)),
    arc(0.32, -25.0, 200.0, 0.085, (0.0, 0.08)),
    arc(0.51, -38.0, 210.0, 0.085, (0.0, 0.08)),
    arc(0.7, 10.0, 200.0, 0.085, (0.0, 0.08)),
    stroke([(-0.12, 0.03), (-0.1, -0.35), (-0.2, -0.62)], 0.085),
    stroke([(0.12, 0.12), (0.13, -0.4), (0.04, -0.8)], 0.085),
    stroke([(-0.3, -0.03), (-0.34, -0.4)], 0.085),
    stroke([(0.29, -0.06), (0.33, -0.42), (0.28, -0.72)], 0.085),
    arc(0.86, 55.0, 125.0, 0.085, (0.0, 0.08)),
)
