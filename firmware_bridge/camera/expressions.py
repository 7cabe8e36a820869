"""Closes the eyes and opens the mouth of a portrait. Pure (OpenCV resamples).

Both are vertical motions of skin: per column of pixels, knots say where each height goes, and the picture is read back
between them. Point numbers are those of the 468-point face mesh.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.portrait import CHIN, SIDES, Portrait

Heights = Any
"""A height or an array of heights in pixels."""

UPPER_LIDS = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (263, 466, 388, 387, 386, 385, 384, 398, 362))
LOWER_LIDS = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (263, 249, 390, 373, 374, 380, 381, 382, 362))
BROWS = ((46, 53, 52, 65, 55), (276, 283, 282, 295, 285))
INNER_UPPER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)

LASHES = 0.04
"""Rim of the upper lid that is not stretched, in distances of the eyes."""
CREASE = 0.75
"""Where the skin that is drawn down begins, as the share of the way from lid to brow."""
LASH_SHADE = 0.4
"""How much darker the closed lid's line is, and the width of its shade in distances of the eyes."""
LASH_WIDTH = 0.025
MOUTH_GAP = 0.8
"""Height of the wide open mouth over its width; 0.5 counts as open."""
JAW_REACH = 1.1
"""How far the moving jaw pulls the skin sideways, in half widths of the face."""
NECK = 1.0
"""How far below the chin the skin gives, in distances of the eyes; at least twice the jaw's way."""
NARROWING = 0.22
"""An opening mouth draws its corners together: share of its width."""
CORNER_DROP = 0.45
"""The mouth's corners sink with the jaw, but less."""
CAVITY_RGB = (45, 15, 16)
TONGUE_RGB = (110, 48, 48)
"""Inside of an open mouth in room light."""
SOFT_PX = 1.2
"""Blur of the mouth's edge: lips have no cut edges."""


class Eyelid:
    """The upper lid of one eye: its skin is drawn down over the eye."""

    def __init__(
        self, portrait: Portrait, upper: tuple[int, ...], lower: tuple[int, ...], brow: tuple[int, ...]
    ) -> None:
        points, unit = portrait.points, portrait.eye_distance_px
        eye = points[list(upper + lower)]
        left, right = int(eye[:, 0].min()) - 1, int(eye[:, 0].max()) + 2
        top, bottom = int(points[list(brow), 1].min()), int(eye[:, 1].max()) + 4
        self._box = (slice(top, bottom), slice(left, right))
        columns = np.arange(left, right, dtype=np.float32)
        self._upper = _curve(points, upper, columns)
        self._way = np.maximum(_curve(points, lower, columns) - self._upper, 0)
        self._crease = self._upper - CREASE * (self._upper - _curve(points, brow, columns))
        self._rim = LASHES * unit
        self._lash_px = LASH_WIDTH * unit
        self._rows = np.arange(top, bottom, dtype=np.float32)[:, None]
        self._columns = np.broadcast_to(columns, (bottom - top, right - left)).astype(np.float32)

    def draw(self, picture: NDArray[np.uint8], level: float, out: NDArray[np.uint8]) -> None:
        """Shut the eye of `picture` by `level` 0..1 into `out`, both uint8[H,W,3]."""
        y, lid = self._rows, self._upper + level * self._way
        skin_end, rim = self._upper - self._rim, lid - self._rim
        stretch = (skin_end - self._crease) / np.maximum(rim - self._crease, 1)
        source = np.where(y < rim, self._crease + (y - self._crease) * stretch, y - level * self._way)
        source = np.where((y < self._crease) | (y > lid), y, source).astype(np.float32)
        patch = cv2.remap(picture, self._columns, source, cv2.INTER_LINEAR)
        line = np.minimum(self._way / max(float(self._way.max()) / 2, 1), 1) * level * LASH_SHADE
        shade = 1 - line * np.exp(-(((y - lid) / self._lash_px) ** 2))
        out[self._box] = patch * shade[..., None]


class Jaw:
    """The lower lip and the chin: they sink, the corners draw together, and the inside of the mouth appears."""

    def __init__(self, portrait: Portrait) -> None:
        points, unit = portrait.points, portrait.eye_distance_px
        corners = points[[INNER_UPPER_LIP[0], INNER_UPPER_LIP[-1]]]
        self._half = float(np.linalg.norm(corners[1, :2] - corners[0, :2])) / 2
        gap = float(points[14, 1] - points[13, 1])
        self._drop = max(MOUTH_GAP * 2 * self._half * (1 - NARROWING) - gap, 0.0)
        self._middle, self._level = float(corners[:, 0].mean()), float(corners[:, 1].mean())
        chin = float(points[CHIN, 1])
        self._reach = JAW_REACH * float(points[SIDES[1], 0] - points[SIDES[0], 0]) / 2
        self._end = chin + max(NECK * unit, 2 * self._drop)
        height, width = portrait.picture.shape[:2]
        left, right = max(0, int(self._middle - self._reach)), min(width, int(self._middle + self._reach))
        top, bottom = max(0, int(self._level - unit)), min(height, int(self._end))
        self._box = (slice(top, bottom), slice(left, right))
        self._rows, self._columns = np.mgrid[top:bottom, left:right].astype(np.float32)
        self._upper, self._lower = (_line(points, lip) for lip in (INNER_UPPER_LIP, INNER_LOWER_LIP))
        self._nose = float(points[2, 1])
        self._chin = max(chin, float(self._lower[:, 1].max()) + 1)
        away = (self._columns - self._middle) / self._reach
        above = (self._rows - self._level) / unit
        self._pull = np.exp(-((2.2 * away) ** 2) - (1.6 * above) ** 2).astype(np.float32)
        self._chin_way = np.cos(np.clip(away, -1, 1) * np.pi / 2) ** 2

    def draw(self, picture: NDArray[np.uint8], level: float, out: NDArray[np.uint8]) -> None:
        """Open the mouth of `picture` by `level` 0..1 into `out`, both uint8[H,W,3]."""
        y, drop = self._rows, self._drop * level
        narrow = 1 - NARROWING * level * self._pull
        x = self._middle + (self._columns - self._middle) / narrow
        across = (x - self._middle) / self._half
        inside = np.sqrt(1 - np.clip(across, -1, 1) ** 2)
        side = CORNER_DROP * drop * self._chin_way
        upper, lower = (np.interp(x, line[:, 0], line[:, 1]) for line in (self._upper, self._lower))
        sunk = side * (1 - inside)
        lip = lower + side + (drop - side) * inside
        chin = self._chin + drop * self._chin_way
        source = _between(y, self._nose, upper + sunk, self._nose, upper)
        source = np.where(y > upper + sunk, np.minimum(y - sunk, lower), source)
        source = np.where(y > lip, _between(y, lip, chin, lower, self._chin), source)
        source = np.where(y > chin, _between(y, chin, self._end, self._chin, self._end), source)
        source = np.where(y < self._nose, y, source)
        patch = cv2.remap(picture, x.astype(np.float32), source.astype(np.float32), cv2.INTER_LINEAR)
        hollow = ((y > lower + sunk) & (y < lip)).astype(np.float32)
        mask = cv2.GaussianBlur(hollow, (0, 0), SOFT_PX)[..., None]
        out[self._box] = patch * (1 - mask) + self._inside(across, (y - lower) / max(drop, 1.0)) * mask

    @staticmethod
    def _inside(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
        """Dark, and the tongue at the bottom of it."""
        tongue = np.exp(-((across / 0.6) ** 2) - ((down - 1.0) / 0.4) ** 2)[..., None]
        dark, light = np.array(CAVITY_RGB, np.float32), np.array(TONGUE_RGB, np.float32)
        inside: NDArray[np.float32] = dark + (light - dark) * tongue
        return inside


def _line(points: NDArray[np.float32], along: tuple[int, ...]) -> NDArray[np.float32]:
    """Mesh points from left to right in the picture, float32[n,2]."""
    line = points[list(along), :2]
    return line[np.argsort(line[:, 0], kind="stable")]


def _curve(points: NDArray[np.float32], along: tuple[int, ...], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Height of a line of mesh points at each column; beyond its ends, the ends' height."""
    line = _line(points, along)
    return np.interp(columns, line[:, 0], line[:, 1]).astype(np.float32)


def _between(y: Heights, low: Heights, high: Heights, low_from: Heights, high_from: Heights) -> Heights:
    """Where the heights from `low` to `high` come from, when they are `low_from` to `high_from` moved and stretched."""
    return low_from + (y - low) * (high_from - low_from) / np.maximum(np.subtract(high, low), 1)
