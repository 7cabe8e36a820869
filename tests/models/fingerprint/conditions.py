"""Real impressions as the same finger would have left them wet, dry, turned or half beside the sensor. Pure.

Dampness is modelled as SFinGe does it (R. Cappelli, D. Maio, D. Maltoni, "Synthetic fingerprint-database generation",
ICPR 2002): dilation of the ridges where it is wet, erosion where it is dry; here by grey morphology, in patches as
sweat is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
GROUND = 235
"""Grey of the glass beside the finger."""


def wet(image: Image, px: int) -> Image:
    """Ridges wider by `px` in all, valleys filled where that closes them."""
    return np.asarray(cv2.erode(image, _disc(px)), np.uint8)


def dry(image: Image, px: int, broken: float, seed: int = 0) -> Image:
    """Ridges narrower by `px` in all, and the share `broken` of them gone, in dots."""
    thin = cv2.dilate(image, _disc(px)).astype(np.float32)
    chance = np.random.default_rng(seed)
    speckle = cv2.GaussianBlur(chance.standard_normal(image.shape).astype(np.float32), (0, 0), 1.2)
    gone = speckle > np.quantile(speckle, 1.0 - broken)
    return np.where(gone, np.maximum(thin, GROUND - 20), thin).astype(np.uint8)


def turned(image: Image, degrees: float) -> Image:
    """The finger laid down at another angle, counter-clockwise."""
    height, width = image.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2.0, (height - 1) / 2.0), degrees, 1.0)
    laid = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=[GROUND])
    return np.asarray(laid, np.uint8)


def beside(image: Image, share: float) -> Image:
    """Only `share` of the image is on the sensor, the rest beyond its right edge; glass where it was."""
    shift = round(image.shape[1] * (1.0 - share))
    seen = np.full_like(image, GROUND)
    seen[:, shift:] = image[:, : image.shape[1] - shift]
    return seen


def light(image: Image, contrast: float) -> Image:
    """Hardly pressed: a share `contrast` of the difference between ridges and glass."""
    return np.asarray(GROUND - contrast * (GROUND - image.astype(np.float32)).clip(0.0), np.uint8)


def _disc(px: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (px + 1, px + 1)), np.uint8)
