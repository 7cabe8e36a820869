"""How far an eye is open, from MediaPipe's iris network. Owns one interpreter and its buffers.

Source: Ablavatski et al. 2020, arXiv:2006.11341. The face mesh draws eyelids too coarsely for a blink (open 0.33, shut
0.21); the iris network's lids give 0.35 and 0.05.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.face.mesh import LEFT_EYE_INNER, LEFT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_EYE_OUTER, require_mesh
from models.face.region import Region, cut
from models.interpreter import Interpreter

INPUT_SIDE_PX = 64
REGION_SCALE = 2.3
"""The network sees 2.3 times the distance of the eye's corners; MediaPipe's own."""
CONTOUR_POINTS = 71
LID_POINTS = 16
"""The first of the contour's points go around the eye; the others are brows."""
OUTER_CORNER, INNER_CORNER = 0, 8
LOWER_LID = (3, 4, 5)
UPPER_LID = (11, 12, 13)
"""The middle three of seven points of each lid, opposite each other."""


class IrisModel:
    """Openness of either eye of a mesh."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Raises BundleError where the bundle has no iris network."""
        self._interpreter = Interpreter(bundle.model("iris"), threads=threads)
        self._outputs = self._interpreter.new_outputs()
        self._contour = next(one for one in self._outputs if one.size == CONTOUR_POINTS * 3).reshape(CONTOUR_POINTS, 3)
        self._cut = np.empty((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.uint8)
        self._input = np.empty((1, INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.float32)

    def run(self, rgb: NDArray[np.uint8], points: NDArray[np.float32]) -> tuple[float, float]:
        """Openness (height over width) of the subject's left and right eye; `points` float32[468,3] of the mesh.

        Raises ImageError for what is no picture or no mesh.
        """
        require_mesh(points)
        left = self._openness(rgb, points[LEFT_EYE_INNER], points[LEFT_EYE_OUTER], mirrored=True)
        right = self._openness(rgb, points[RIGHT_EYE_OUTER], points[RIGHT_EYE_INNER], mirrored=False)
        return left, right

    def _openness(
        self, rgb: NDArray[np.uint8], start: NDArray[np.float32], end: NDArray[np.float32], *, mirrored: bool
    ) -> float:
        x0, y0, x1, y1 = float(start[0]), float(start[1]), float(end[0]), float(end[1])
        size_px = max(REGION_SCALE * math.hypot(x1 - x0, y1 - y0), 1.0)
        region = Region((x0 + x1) / 2, (y0 + y1) / 2, size_px, math.atan2(y1 - y0, x1 - x0))
        matrix = region.to_frame(INPUT_SIDE_PX)
        if mirrored:  # the network knows right eyes only
            matrix[:, 2] += matrix[:, 0] * INPUT_SIDE_PX
            matrix[:, 0] *= -1
        cut(rgb, matrix, INPUT_SIDE_PX, self._cut, replicate=True)
        self._input[0] = self._cut
        self._input *= np.float32(1 / 255)
        self._interpreter.run(self._input, out=self._outputs)
        lids: list[list[float]] = self._contour[:LID_POINTS, :2].tolist()
        height = sum(math.dist(lids[above], lids[below]) for above, below in zip(UPPER_LID, LOWER_LID, strict=True)) / 3
        return height / max(math.dist(lids[OUTER_CORNER], lids[INNER_CORNER]), 1e-6)
