"""A finger nobody has: grown from a seed, laid on a sensor as often as one likes.

Deterministic: the same seeds give the same pixels. The surface is grown at the first impression and kept.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis.impression import Contact, FingerSurface, draw_contact, render
from firmware_bridge.finger_synthesis.orientation import Pattern, orientation_field, place_singularities
from firmware_bridge.finger_synthesis.ridges import RIDGE_PERIOD_PX, grow_ridges

SURFACE_WIDTH_PX: Final = 336
SURFACE_HEIGHT_PX: Final = 416
"""17 x 21 mm at 500 dpi: more than a fingertip leaves on any of the sensors."""

_PATTERNS: Final = (Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP, Pattern.WHORL, Pattern.ARCH)
_PATTERN_SHARES: Final = (0.31, 0.31, 0.30, 0.08)
"""How often people have them, roughly."""

_PERIOD_SPREAD: Final = 0.07
"""Ridge distance differs between people by about this share."""

_PORE_DISTANCE_PX: Final = 10.0
_PORE_RADIUS_PX: Final = 1.1
_CREASES_MAX: Final = 3
_STREAM_PATTERN: Final = 0
_STREAM_SURFACE: Final = 1
_STREAM_IMPRESSION: Final = 2
"""One finger's seed feeds three independent streams of chance."""


class SyntheticFinger:
    """One finger. `seed` decides its class, pattern, pores and creases; not negative."""

    def __init__(self, seed: int, *, pattern: Pattern | None = None) -> None:
        self._seed = seed
        drawn = np.random.default_rng([seed, _STREAM_PATTERN]).choice(len(_PATTERNS), p=_PATTERN_SHARES)
        self.pattern = pattern or _PATTERNS[int(drawn)]

    def impression(
        self, seed: int, *, width: int = 192, height: int = 192, dpi: int = 508, contact: Contact | None = None
    ) -> NDArray[np.uint8]:
        """The sensor's image [height, width] of one touch: dark ridges on light ground; `seed` decides how it was
        laid down, unless `contact` says it. Not negative. The first call grows the finger (under a second), later ones
        take milliseconds.
        """
        rng = self._touch(seed)
        drawn = draw_contact(rng)
        return render(self._surface, contact or drawn, rng, width=width, height=height, dpi=dpi)

    def contact(self, seed: int) -> Contact:
        """How `impression(seed)` is laid down: something to make a wet, dry, turned or partial touch of."""
        return draw_contact(self._touch(seed))

    def _touch(self, seed: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, _STREAM_IMPRESSION, seed])

    @cached_property
    def _surface(self) -> FingerSurface:
        rng = np.random.default_rng([self._seed, _STREAM_SURFACE])
        singularities = place_singularities(self.pattern, rng)
        field = orientation_field(self.pattern, singularities, SURFACE_HEIGHT_PX, SURFACE_WIDTH_PX, rng)
        ridges = _rescale(grow_ridges(field, rng), rng)
        marks = np.maximum(_pores(ridges, rng), _creases(rng))
        return FingerSurface(ridges, marks)


def _rescale(ridges: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The same ridges, wider or narrower apart, and wider below the core than above as in people."""
    height, width = ridges.shape
    zoom = 1.0 / float(np.clip(rng.normal(1.0, _PERIOD_SPREAD), 0.88, 1.14))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = y - (height - 1) / 2.0, x - (width - 1) / 2.0
    stretched = y * zoom * (1.0 - 0.0004 * y)
    sampled = cv2.remap(
        ridges,
        (x * zoom + (width - 1) / 2.0).astype(np.float32),
        (stretched + (height - 1) / 2.0).astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(np.clip(sampled, -1.0, 1.0), np.float32)


def _pores(ridges: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Sweat pores: white dots on the middle of ridges."""
    height, width = ridges.shape
    count = int(height * width / (_PORE_DISTANCE_PX * RIDGE_PERIOD_PX) * 2.0)
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    on_ridge = ridges[rows, columns] > 0.8
    dots = np.zeros_like(ridges)
    dots[rows[on_ridge], columns[on_ridge]] = rng.uniform(0.3, 1.0, int(on_ridge.sum()))
    spread = cv2.GaussianBlur(dots, (0, 0), _PORE_RADIUS_PX)
    return np.asarray(np.clip(spread * (2.0 * math.pi * _PORE_RADIUS_PX**2), 0.0, 1.0), np.float32)


def _creases(rng: np.random.Generator) -> NDArray[np.float32]:
    """Lines across the finger that stay: folds and old cuts."""
    lines = np.zeros((SURFACE_HEIGHT_PX, SURFACE_WIDTH_PX), np.float32)
    for _ in range(int(rng.integers(0, _CREASES_MAX + 1))):
        x, y = rng.uniform((60, 80), (SURFACE_WIDTH_PX - 60, SURFACE_HEIGHT_PX - 80))
        heading, half = rng.normal(0.0, 0.5), rng.uniform(15.0, 60.0)
        dx, dy = half * math.cos(heading), half * math.sin(heading)
        cv2.line(lines, (int(x - dx), int(y - dy)), (int(x + dx), int(y + dy)), (1.0,), 2, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(lines, (0, 0), 0.8), np.float32)
