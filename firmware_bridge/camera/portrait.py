"""A portrait placed on the stage: scaled and cropped to a camera's picture, its mesh with it. Pure.

Point numbers are those of the 468-point face mesh (MediaPipe's canonical face).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

POINTS = 468
EYE_DISTANCE_PX = 70.0
"""Between the eyes' centres at 640x480: somebody half a metre from the terminal; its quality gates ask for 40."""
FACE_LEVEL = 0.42
"""Where the middle of the face is on the picture's height: a little above the centre, as people stand."""

RIGHT_EYE, LEFT_EYE = (33, 133), (362, 263)
SIDES = (234, 454)
CHIN = 152


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """`picture` uint8[H,W,3] RGB and its face's mesh `points` float32[468,3], in its pixels; small z is near."""

    picture: NDArray[np.uint8]
    points: NDArray[np.float32]

    @property
    def eye_distance_px(self) -> float:
        """Between the eyes' centres: the unit of everything that moves."""
        right, left = (self.points[list(eye)].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE))
        return float(np.linalg.norm(left - right))


def place(picture: NDArray[np.uint8], points: NDArray[np.floating[Any]], width: int, height: int) -> Portrait:
    """The portrait as a camera `width` x `height` would see it: the face in the middle, its eyes well apart.

    What lies outside the portrait is its border, drawn on: a mirror would show more faces. Raises ValueError for
    arrays of another shape or a mesh without extent.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"a portrait is RGB uint8[H,W,3], got {picture.dtype}{list(picture.shape)}")
    if points.shape != (POINTS, 3) or not np.isfinite(points).all():
        raise ValueError(f"a face's mesh is {POINTS} finite points in x, y, z, got {list(points.shape)}")
    mesh = points.astype(np.float32)
    apart_px = Portrait(picture, mesh).eye_distance_px
    if apart_px <= 0:
        raise ValueError("the eyes of the mesh are in one place")
    scale = EYE_DISTANCE_PX * height / 480 / apart_px
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    centre = (low + high) / 2 * scale
    left = _offset(float(centre[0]) - width / 2, picture.shape[1] * scale - width)
    top = _offset(float(centre[1]) - height * FACE_LEVEL, picture.shape[0] * scale - height)
    matrix = np.array([[scale, 0, -left], [0, scale, -top]])
    placed = np.asarray(
        cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )
    return Portrait(placed, (mesh * scale - np.array([left, top, 0])).astype(np.float32))


def _offset(wanted: float, spare: float) -> float:
    """Where the crop begins: as wanted, but inside the portrait where it is large enough."""
    return min(max(wanted, 0.0), spare) if spare >= 0 else wanted
