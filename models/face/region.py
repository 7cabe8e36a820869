"""Square, turned regions of a frame, and their cut to a network's input. Pure (OpenCV resamples).

Corners map to corners without a half-pixel correction, as in MediaPipe: with the correction the mesh is ten times
further from the original's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ImageError

IMAGE_SIDE_MIN_PX = 32
"""Under this no face can be told from noise."""
IMAGE_SIDE_MAX_PX = 8192
"""Larger pictures come from no camera of a terminal; OpenCV's warp ends at 32767."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of `size_px` around (x_px, y_px), turned clockwise by `angle_rad`, in frame pixels."""

    x_px: float
    y_px: float
    size_px: float
    angle_rad: float = 0.0

    def to_frame(self, side: int) -> NDArray[np.float64]:
        """The 2x3 matrix from coordinates in a `side` x `side` cut to frame pixels.

        Raises ImageError for a region that is not finite or has no size.
        """
        if not (all(map(math.isfinite, (self.x_px, self.y_px, self.angle_rad, self.size_px))) and self.size_px > 0):
            raise ImageError("a region of a frame is not finite, or has no size")
        scale = self.size_px / side
        cos, sin = math.cos(self.angle_rad) * scale, math.sin(self.angle_rad) * scale
        half = side / 2
        return np.array(
            [
                [cos, -sin, self.x_px - half * (cos - sin)],
                [sin, cos, self.y_px - half * (sin + cos)],
            ]
        )


def cut(
    rgb: NDArray[np.uint8], matrix: NDArray[np.float64], side: int, out: NDArray[np.uint8], *, replicate: bool
) -> None:
    """Resample `rgb` through `matrix` (cut -> frame) into `out` uint8[side,side,3].

    Outside the frame: its border replicated, or black. Raises ImageError for what `require_rgb` refuses.
    """
    require_rgb(rgb)
    cv2.warpAffine(
        rgb,
        matrix,
        (side, side),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT,
    )


def require_rgb(rgb: NDArray[np.uint8]) -> None:
    """Raise ImageError unless `rgb` is uint8[H,W,3] of a size that a camera gives."""
    if not isinstance(rgb, np.ndarray):
        raise ImageError(f"expected an RGB picture uint8[H,W,3], got a {type(rgb).__name__}")
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ImageError(f"expected an RGB picture uint8[H,W,3], got {rgb.dtype}{list(rgb.shape)}")
    if not all(IMAGE_SIDE_MIN_PX <= side <= IMAGE_SIDE_MAX_PX for side in rgb.shape[:2]):
        raise ImageError(
            f"expected sides of {IMAGE_SIDE_MIN_PX} to {IMAGE_SIDE_MAX_PX} pixels, got {rgb.shape[1]}x{rgb.shape[0]}"
        )
