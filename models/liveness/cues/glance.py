"""What every cue looks at: a face in two frames in a row, and in an earlier one. Values; pure cutting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Points = NDArray[np.float32]

RIGHT_EYE: Final = (33, 133)
LEFT_EYE: Final = (362, 263)
NOSE: Final = 4
SKIN: Final = (101, 330, 151)
"""Both cheeks below the eyes and the middle of the forehead: skin without hair or lips, at most poses."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame `rgb` uint8[H,W,3], unmirrored, the mesh `points` float32[468,3] of its face, and its time."""

    rgb: NDArray[np.uint8]
    points: NDArray[np.float32]
    t_ms: int

    @property
    def eye_distance_px(self) -> float:
        """Between the eyes' centres, in the picture: the unit of everything on a face."""
        right, left = (self.points[list(eye), :2].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE))
        return max(1.0, float(np.linalg.norm(left - right)))


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """`now`, the frame just `before` it, and some of the `past` two seconds of the same track, oldest first."""

    now: View
    before: View
    past: tuple[View, ...]


class Cue(Protocol):
    """One figure of a glance. What it means for liveness is the fusion's to say, by its weight."""

    @property
    def name(self) -> str:
        """As it travels to the server."""
        ...

    def run(self, glance: Glance) -> float | None:
        """The figure; None where this glance cannot tell."""
        ...


def luma(rgb: NDArray[np.uint8]) -> Plane:
    """float32[H,W], 0..255."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


def patch(view: View, centre: tuple[float, float], side_px: int) -> NDArray[np.uint8] | None:
    """The square of `side_px` around `centre` (x, y), a view of the frame, unresampled; None where it is not inside."""
    left, top = round(centre[0] - side_px / 2), round(centre[1] - side_px / 2)
    height, width = view.rgb.shape[:2]
    if left < 0 or top < 0 or left + side_px > width or top + side_px > height:
        return None
    return view.rgb[top : top + side_px, left : left + side_px]


def face_box(view: View) -> tuple[slice, slice] | None:
    """Rows and columns of the mesh's box, within the frame; None where nothing of it is."""
    height, width = view.rgb.shape[:2]
    x0, y0 = np.floor(view.points[:, :2].min(axis=0)).astype(int)
    x1, y1 = np.ceil(view.points[:, :2].max(axis=0)).astype(int)
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    return (slice(y0, y1), slice(x0, x1)) if x1 - x0 >= 16 and y1 - y0 >= 16 else None


def skin_patches(view: View) -> list[NDArray[np.uint8]]:
    """Squares of skin, 0.35 distances of the eyes wide, at least 8 pixels; those that are inside the frame."""
    side = max(8, round(0.35 * view.eye_distance_px))
    found = (patch(view, (float(view.points[one, 0]), float(view.points[one, 1])), side) for one in SKIN)
    return [one for one in found if one is not None]


def finite(value: float) -> float | None:
    """`value`, or None where it is no number: a cue that cannot tell says so."""
    return value if math.isfinite(value) else None
