"""Whether a finger's image is worth reading, and what to tell the person first. Pure (numpy only)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ImageError


class FingerHint(StrEnum):
    """What the person at the reader should do, or `ok`."""

    OK = "ok"
    NO_FINGER = "no_finger"
    CENTER_FINGER = "center_finger"
    PRESS_FIRMER = "press_firmer"
    TOO_DRY = "too_dry"
    TOO_WET = "too_wet"


class FingerImageError(ImageError):
    """No template can be made from this image; `hint` says what to do at the reader."""

    def __init__(self, message: str, hint: FingerHint) -> None:
        super().__init__(message)
        self.hint = hint


BLOCK_PX: Final = 16
"""Nearly two ridges: a block of skin always has both light and dark in it."""

_BLOCK_DEVIATION_MIN: Final = 14.0
"""Grey levels; the noise of empty glass is a third of it, 4-bit images' steps add 5."""

_COVERED_FINGER: Final = 0.15
"""Share of the image with ridges below which there is no finger."""

_COVERED_ENOUGH: Final = 0.55
_OFF_CENTRE_MAX: Final = 0.14
"""Distance of the ridges' middle from the image's, as a share of its side."""

_CONTRAST_MIN: Final = 55.0
"""Grey levels between dark and light where there are ridges."""

_DARK_MEAN: Final = 60.0
"""An image darker than this and without ridges is a wet finger or a covered lens, not empty glass."""

_FLOODED_GREY: Final = 80.0
_FLOODED_SHARE_WET: Final = 0.15
"""A block darker than this without ridges is skin whose valleys are full; so many of those that are skin are too many.
"""

_DARK_SHARE_WET: Final = 0.80
_DARK_SHARE_DRY: Final = 0.18
"""Share of dark pixels where there are ridges: about half on a good impression. Images of the public FVC sets that
lie outside mostly match all the same: a hint for the person, no reason to refuse."""


@dataclass(frozen=True, slots=True)
class FingerQuality:
    """Measures of one image: `covered` share with ridges; `off_centre` of their middle, share of the side;
    `contrast` in grey levels; `dark` share of dark pixels among the ridges; `mean` grey of the whole image; `flooded`
    share of the image that is dark without ridges.
    """

    covered: float
    off_centre: float
    contrast: float
    dark: float
    mean: float
    flooded: float = 0.0


def measure(pixels: NDArray[np.uint8]) -> FingerQuality:
    """The measures of a grey image uint8[H,W], sides multiples of 16. Raises ImageError for anything else."""
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise ImageError("a finger image is an array of uint8 [H, W]")
    height, width = pixels.shape
    if not (height and width) or height % BLOCK_PX or width % BLOCK_PX:
        raise ImageError(f"a finger image has sides that are multiples of {BLOCK_PX}, not {height} and {width}")
    blocks = blocks_of(pixels)
    ridged = ridged_of(blocks)
    flooded = float((~ridged & (blocks.mean(axis=(2, 3)) < _FLOODED_GREY)).mean())
    rows, columns = ridged.shape
    mean = float(pixels.mean())
    if not ridged.any():
        return FingerQuality(covered=0.0, off_centre=0.0, contrast=0.0, dark=0.0, mean=mean, flooded=flooded)
    skin = blocks[ridged]
    low, high = np.percentile(skin, (5, 95))
    y, x = np.nonzero(ridged)
    off_y, off_x = (y.mean() + 0.5) / rows - 0.5, (x.mean() + 0.5) / columns - 0.5
    return FingerQuality(
        covered=float(ridged.mean()),
        off_centre=float(np.hypot(off_x, off_y)),
        contrast=float(high - low),
        dark=float((skin < (low + high) / 2.0).mean()),
        mean=mean,
        flooded=flooded,
    )


def blocks_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The image cut into squares [rows, columns, 16, 16]."""
    height, width = pixels.shape
    rows, columns = height // BLOCK_PX, width // BLOCK_PX
    return pixels.reshape(rows, BLOCK_PX, columns, BLOCK_PX).swapaxes(1, 2).astype(np.float32)


def ridged_of(blocks: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which squares show ridges [rows, columns]."""
    return np.asarray(blocks.std(axis=(2, 3)) >= _BLOCK_DEVIATION_MIN)


def hint_for(quality: FingerQuality) -> FingerHint:
    """The first thing wrong with the image."""
    if quality.covered < _COVERED_FINGER:
        wet = quality.mean < _DARK_MEAN or quality.flooded > _COVERED_FINGER
        return FingerHint.TOO_WET if wet else FingerHint.NO_FINGER
    skin = quality.covered + quality.flooded
    if quality.dark > _DARK_SHARE_WET or quality.flooded > _FLOODED_SHARE_WET * skin:
        return FingerHint.TOO_WET
    if quality.dark < _DARK_SHARE_DRY:
        return FingerHint.TOO_DRY
    if quality.contrast < _CONTRAST_MIN:
        return FingerHint.PRESS_FIRMER
    if quality.covered < _COVERED_ENOUGH or quality.off_centre > _OFF_CENTRE_MAX:
        return FingerHint.CENTER_FINGER
    return FingerHint.OK


def require_finger(quality: FingerQuality) -> None:
    """Raises FingerImageError where there is nothing that could be read: empty glass, a constant or saturated image."""
    if quality.covered < _COVERED_FINGER:
        raise FingerImageError("the image shows no ridges of a finger", hint_for(quality))
