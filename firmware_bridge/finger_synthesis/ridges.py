"""Ridges grown along an orientation field, out of noise. Pure; cv2 does the filtering.

Source of the idea: R. Cappelli, "SFinGe: an approach to synthetic fingerprint generation", 2004: filter a random
image again and again with a Gabor filter that is turned, at each pixel, to the field. Ridges join, end and fork by
themselves, so minutiae stand as they do in people: nobody places them.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RIDGE_PERIOD_PX: Final = 9.0
"""Mean distance of ridges in adults at 500 dpi (0.46 mm)."""

_DIRECTIONS: Final = 16
"""Filters; between two of them the answer is interpolated."""

_KERNEL_RADIUS_PX: Final = 13
_SIGMA_ACROSS_PX: Final = 3.4
_SIGMA_ALONG_PX: Final = 6.5
"""Longer ones leave fewer minutiae; this gives about as many per square millimetre as people have (0.2)."""

_ROUNDS: Final = 14
_SATURATION: Final = 2.2


def grow_ridges(orientation: Floats, rng: np.random.Generator) -> Floats:
    """The ridge pattern [height, width]: 1 on the middle of a ridge, -1 in the middle of a valley."""
    height, width = orientation.shape
    kernels = [_gabor(index * math.pi / _DIRECTIONS) for index in range(_DIRECTIONS)]
    shares = _direction_shares(orientation)
    ridges = rng.standard_normal((height, width)).astype(np.float32)
    for _ in range(_ROUNDS):
        grown = np.zeros_like(ridges)
        for kernel, share in zip(kernels, shares, strict=True):
            grown += share * cv2.filter2D(ridges, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)
        ridges = np.tanh(_SATURATION * grown / (np.std(grown) + 1e-6)).astype(np.float32)
    return ridges


def _direction_shares(orientation: Floats) -> list[Floats]:
    """How much of each filter's answer each pixel takes; the shares of a pixel sum to 1."""
    position = (orientation % math.pi) * (_DIRECTIONS / math.pi)
    shares = []
    for index in range(_DIRECTIONS):
        off = np.abs((position - index + _DIRECTIONS / 2.0) % _DIRECTIONS - _DIRECTIONS / 2.0)
        shares.append(np.clip(1.0 - off, 0.0, 1.0).astype(np.float32))
    return shares


def _gabor(ridge_direction: float) -> Floats:
    """An even Gabor filter without a constant part, for ridges that run along the direction (y upwards)."""
    y, x = np.mgrid[-_KERNEL_RADIUS_PX : _KERNEL_RADIUS_PX + 1, -_KERNEL_RADIUS_PX : _KERNEL_RADIUS_PX + 1]
    along = x * math.cos(ridge_direction) - y * math.sin(ridge_direction)
    across = x * math.sin(ridge_direction) + y * math.cos(ridge_direction)
    envelope = np.exp(-0.5 * ((across / _SIGMA_ACROSS_PX) ** 2 + (along / _SIGMA_ALONG_PX) ** 2))
    kernel = envelope * np.cos(2.0 * math.pi * across / RIDGE_PERIOD_PX)
    kernel -= envelope * (kernel.sum() / envelope.sum())
    return np.asarray(kernel / np.abs(kernel).sum(), np.float32)
