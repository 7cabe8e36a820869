"""Where the camera's picture and the guide for a face lie in their box. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_OVAL_HEIGHT: Final = 0.9
"""Of the box's height; the width follows from a head's usual proportion."""
_HEAD_WIDTH_TO_HEIGHT: Final = 0.76
_OUTSIDE_ALPHA: Final = 0.72
_CORNER: Final = 0.05
"""Radius of the picture's corners, of its width."""


def mirrored_crop(source: tuple[int, int], width: float, height: float) -> tuple[float, ...]:
    """Texture coordinates (four corners from bottom left, anticlockwise) that show the middle of a top-down picture of
    `source` (width, height) in a box without distortion, mirrored as a mirror would.
    """
    source_ratio, box_ratio = source[0] / source[1], width / max(height, 1.0)
    across = min(1.0, box_ratio / source_ratio)
    down = min(1.0, source_ratio / max(box_ratio, 1e-6))
    left, right = 0.5 + across / 2, 0.5 - across / 2
    bottom, top = 0.5 + down / 2, 0.5 - down / 2
    return (left, bottom, right, bottom, right, top, left, top)


def oval_axes(width: float, height: float) -> tuple[float, float]:
    """Half the width and half the height of the guide in a box of the given size."""
    semi_y = height * _OVAL_HEIGHT / 2
    return min(semi_y * _HEAD_WIDTH_TO_HEIGHT, width * _OVAL_HEIGHT / 2), semi_y


def guide_mask(width: int, height: int) -> NDArray[np.uint8]:
    """uint8[H, W] alpha, row 0 at the bottom: what lies over the picture in the ground's colour: clear in the oval,
    dim around it, solid outside the rounded corners.
    """
    y, x = np.mgrid[0:height, 0:width] + 0.5
    u, v = x - width / 2, y - height / 2
    semi_x, semi_y = oval_axes(width, height)
    radius = np.hypot(u / semi_x, v / semi_y)
    slope = np.maximum(np.hypot(u / semi_x**2, v / semi_y**2) / np.maximum(radius, 1e-6), 1e-6)
    outside = np.clip((radius - 1) / slope + 0.5, 0.0, 1.0) * _OUTSIDE_ALPHA
    corner = _CORNER * width
    from_core = np.hypot(np.maximum(np.abs(u) - width / 2 + corner, 0), np.maximum(np.abs(v) - height / 2 + corner, 0))
    solid = np.clip(from_core - corner + 0.5, 0.0, 1.0)
    mask: NDArray[np.uint8] = np.round(np.maximum(outside, solid) * 255).astype(np.uint8)
    return mask
