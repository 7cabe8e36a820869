"""468 points on a face in three dimensions: MediaPipe's face landmark network, and what is read off the points.

Source: Kartynnik et al. 2019, arXiv:1907.06724. `MeshModel` owns one interpreter and its buffers; the functions are
pure. Point numbers are those of MediaPipe's canonical face.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.errors import ImageError
from models.face.observation import Pose
from models.face.region import Region, cut
from models.interpreter import Interpreter

INPUT_SIDE_PX = 192
POINTS = 468
REGION_SCALE = 1.5
"""The network sees one and a half times the face's box; MediaPipe's own."""
FACE_LOGIT_MIN = 0.0
"""The face flag as a logit: 0 is one half, MediaPipe's tracking confidence."""

RIGHT_EYE_OUTER, RIGHT_EYE_INNER = 33, 133
LEFT_EYE_OUTER, LEFT_EYE_INNER = 263, 362
FACE_RIGHT, FACE_LEFT = 234, 454
FOREHEAD, CHIN = 10, 152
PITCH_LEVEL_DEG = 9.0
"""A level face's chin lies behind its forehead by this much: median of 120 frontal photos (ORL, LFW, celebrities)."""
LIP_UPPER, LIP_LOWER, MOUTH_RIGHT, MOUTH_LEFT = 13, 14, 78, 308


class MeshModel:
    """The mesh of the face in a region of a frame."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Raises BundleError where the bundle has no face mesh."""
        self._interpreter = Interpreter(bundle.model("face_mesh"), threads=threads)
        self._outputs = self._interpreter.new_outputs()
        self._points = next(one for one in self._outputs if one.size == POINTS * 3).reshape(POINTS, 3)
        self._flag = next(one for one in self._outputs if one.size == 1)
        self._flat, self._moved = np.empty((POINTS, 2)), np.empty((POINTS, 2))
        self._input = np.empty((1, INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.float32)
        self.cut: NDArray[np.uint8] = np.empty((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.uint8)
        """What the network saw last: the upright face, for the quality measures."""

    def run(self, rgb: NDArray[np.uint8], region: Region) -> NDArray[np.float32] | None:
        """The points float32[468,3] in frame pixels, the caller's own, or None where the region shows no face.

        Raises ImageError for what is no picture, and a region that is not finite or has no size.
        """
        matrix = region.to_frame(INPUT_SIDE_PX)
        cut(rgb, matrix, INPUT_SIDE_PX, self.cut, replicate=True)
        self._input[0] = self.cut
        self._input *= np.float32(1 / 255)
        self._interpreter.run(self._input, out=self._outputs)
        if not self._flag.item() >= FACE_LOGIT_MIN:
            return None
        placed = np.empty((POINTS, 3), np.float32)
        self._flat[:] = self._points[:, :2]
        np.matmul(self._flat, matrix[:, :2].T, out=self._moved)
        placed[:, :2] = np.add(self._moved, matrix[:, 2], out=self._moved)
        placed[:, 2] = self._points[:, 2] * (region.size_px / INPUT_SIDE_PX)
        return placed


def require_mesh(points: NDArray[np.float32]) -> None:
    """Raise ImageError unless `points` are a mesh: finite floating-point numbers [468,3]."""
    if not isinstance(points, np.ndarray) or points.dtype.kind != "f" or points.shape != (POINTS, 3):
        found = f"{points.dtype}{list(points.shape)}" if isinstance(points, np.ndarray) else type(points).__name__
        raise ImageError(f"expected the points of a face mesh float32[{POINTS},3], got {found}")
    if not np.isfinite(points).all():
        raise ImageError("the points of a face mesh are not finite")


def region_of(points: NDArray[np.float32]) -> Region:
    """Where to look for the same face in the next frame."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    x, y = (low + high) / 2
    dx, dy = points[LEFT_EYE_OUTER, :2] - points[RIGHT_EYE_OUTER, :2]
    return Region(float(x), float(y), REGION_SCALE * float((high - low).max()), math.atan2(float(dy), float(dx)))


def pose_of(points: NDArray[np.float32]) -> Pose:
    """How the head is turned: yaw from the line through its sides, pitch from forehead to chin, roll from the eyes."""
    across = points[FACE_LEFT] - points[FACE_RIGHT]
    down = points[CHIN] - points[FOREHEAD]
    eyes = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    return Pose(
        yaw_deg=math.degrees(math.asin(_share(float(across[2]), across))),
        pitch_deg=PITCH_LEVEL_DEG - math.degrees(math.asin(_share(float(down[2]), down))),
        roll_deg=math.degrees(math.atan2(float(eyes[1]), float(eyes[0]))),
    )


def mouth_openness(points: NDArray[np.float32]) -> float:
    """Height of the mouth's opening over its width."""
    return _distance(points[LIP_UPPER], points[LIP_LOWER]) / max(
        _distance(points[MOUTH_RIGHT], points[MOUTH_LEFT]), 1e-6
    )


def eye_distance_px(points: NDArray[np.float32]) -> float:
    """Between the eyes' centres, in depth: a head that turns away does not come nearer or go further."""
    right = (points[RIGHT_EYE_OUTER] + points[RIGHT_EYE_INNER]) / 2
    left = (points[LEFT_EYE_OUTER] + points[LEFT_EYE_INNER]) / 2
    return _distance(left, right)


def _share(part: float, vector: NDArray[np.float32]) -> float:
    return max(-1.0, min(1.0, part / max(float(np.linalg.norm(vector)), 1e-6)))


def _distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return math.dist((float(a[0]), float(a[1]), float(a[2])), (float(b[0]), float(b[1]), float(b[2])))
