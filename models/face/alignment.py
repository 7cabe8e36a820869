"""The upright, equally large picture of a face that the embedding network was trained on. OpenCV resamples.

dlib places five of its own landmarks; the places below are where the mesh's points lie on such chips, so that none of
dlib's landmark models is needed (the common one may not be used commercially). Accuracy is the same as with dlib's.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ImageError
from models.face.mesh import require_mesh
from models.face.region import IMAGE_SIDE_MAX_PX, require_rgb

CHIP_SIDE_PX: Final = 150

_PLACES: Final = {
    33: (35.75, 46.40),
    133: (59.45, 47.81),
    362: (89.19, 47.89),
    263: (112.95, 46.50),
    159: (46.14, 42.33),
    145: (47.71, 49.56),
    386: (102.52, 42.39),
    374: (101.02, 49.62),
    168: (74.35, 43.26),
    6: (74.37, 49.71),
    2: (74.39, 86.14),
    98: (58.89, 83.11),
    327: (89.87, 83.12),
}
"""Number of a mesh point and its place on the chip, x and y in pixels: mean over dlib's chips of many faces. Eyes and
nose only: a mouth and a chin move."""
_NUMBERS: Final = np.array(list(_PLACES))
_TARGETS: Final = np.array(list(_PLACES.values())) @ (1, 1j)

SPREAD_MIN_PX: Final = 2.0
"""Root mean square distance of the points from their middle: a face of fewer pixels is none."""
SCALE_MIN: Final = 1 / IMAGE_SIDE_MAX_PX
"""Pixels of the chip for one of the frame: a larger face is on no frame, or these are not a face's points at all."""


class FaceAligner:
    """Chips of one face after the other, in one place. Owns the chip's memory."""

    def __init__(self) -> None:
        self._chip = np.empty((CHIP_SIDE_PX, CHIP_SIDE_PX, 3), np.uint8)
        self._small: NDArray[np.uint8] | None = None

    def run(self, rgb: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The chip uint8[150,150,3] of the face whose mesh is `points` float32[468,3] in pixels of `rgb` uint8[H,W,3].

        It is the aligner's own and the same array each time: good until the next `run`; who needs it longer copies it.

        Turned, scaled and moved, never sheared or mirrored; outside the frame its border is replicated. Raises
        ImageError for other types and shapes, points that are not finite, and points that lie in one place or further
        apart than the frame is wide.
        """
        require_rgb(rgb)
        scale_turn, shift = _similarity(points)
        shrink = max(1, int(1 / abs(scale_turn)))
        if shrink > min(rgb.shape[:2]):
            raise ImageError("the points of a face mesh lie far outside the frame")
        if shrink > 1:
            rgb = self._averaged(rgb, shrink)
            half = (shrink - 1) / 2 * (1 + 1j)  # a block's middle in the frame is its pixel's place in the small one
            scale_turn, shift = scale_turn * shrink, shift + scale_turn * half
        a, b = scale_turn.real, scale_turn.imag
        matrix = np.array([[a, -b, shift.real], [b, a, shift.imag]])
        cv2.warpAffine(
            rgb,
            matrix,
            (CHIP_SIDE_PX, CHIP_SIDE_PX),
            dst=self._chip,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return self._chip

    def _averaged(self, rgb: NDArray[np.uint8], shrink: int) -> NDArray[np.uint8]:
        """`rgb` with every `shrink` x `shrink` block as one pixel: resampling skips pixels where it shrinks by two and
        more.
        """
        height, width = (side // shrink for side in rgb.shape[:2])
        if self._small is None or self._small.shape[:2] != (height, width):
            self._small = np.empty((height, width, 3), np.uint8)
        whole = rgb[: height * shrink, : width * shrink]
        cv2.resize(whole, (width, height), dst=self._small, interpolation=cv2.INTER_AREA)
        return self._small


def _similarity(points: NDArray[np.float32]) -> tuple[complex, complex]:
    """Scale and turn `m` and shift `t` that bring the points nearest to their places (least squares): m * p + t.

    Points of the plane as complex numbers: multiplying by one scales and turns, and cannot mirror.
    """
    require_mesh(points)
    places = points[_NUMBERS, :2].astype(np.float64)
    found = places @ (1, 1j)
    middle, target_middle = found.mean(), _TARGETS.mean()
    offsets = found - middle
    power = float((abs(offsets) ** 2).sum())
    if power < len(_NUMBERS) * SPREAD_MIN_PX**2:
        raise ImageError("the points of a face mesh lie in one place")
    scale_turn = complex((offsets.conj() * (_TARGETS - target_middle)).sum() / power)
    if abs(scale_turn) < SCALE_MIN:
        raise ImageError("the points of a face mesh do not lie as in a face, or far outside any frame")
    return scale_turn, complex(target_middle - scale_turn * middle)
