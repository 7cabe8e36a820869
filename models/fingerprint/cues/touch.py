"""What every cue looks at: one impression as a reader sends it, its minutiae, and those of earlier touches. Pure.

All cues see sixteen grey levels and blocks of 16 pixels, whatever the image came from, so that figures of one source
mean the same of another.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from models.comparison.iso19794_2 import MinutiaeRecord
from models.fingerprint.quality import BLOCK_PX, blocks_of, ridged_of

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

LEVELS: Final = 16
"""What R503 and R307 send: the high four bits of a pixel."""
_STEP: Final = 17
"""Level 15 is white."""


class Touch:
    """One impression: `pixels` uint8[H,W], dark ridges on light ground, sides multiples of 16; its `minutiae`; and
    those of touches before it on the same reader, the newest last.
    """

    def __init__(
        self, pixels: NDArray[np.uint8], minutiae: MinutiaeRecord, earlier: tuple[MinutiaeRecord, ...] = ()
    ) -> None:
        self.pixels: NDArray[np.uint8] = np.asarray((pixels >> 4) * np.uint8(_STEP), np.uint8)
        self.minutiae = minutiae
        self.earlier = earlier

    @cached_property
    def blocks(self) -> Plane:
        """The image in blocks float32[rows, columns, 16, 16]."""
        return blocks_of(self.pixels)

    @cached_property
    def ridged(self) -> Mask:
        """Blocks that show ridges bool[rows, columns]."""
        return ridged_of(self.blocks)

    @cached_property
    def inside(self) -> Mask:
        """Blocks that have ridges on all four sides, too: what lies at the outline is no skin's property."""
        padded = np.pad(self.ridged, 1)
        around = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        return np.asarray(self.ridged & around)

    @cached_property
    def inside_pixels(self) -> Mask:
        """The same, pixel by pixel bool[H,W]."""
        return np.repeat(np.repeat(self.inside, BLOCK_PX, axis=0), BLOCK_PX, axis=1)

    @cached_property
    def contrast(self) -> float:
        """Grey levels between dark and light inside the finger; at least 1."""
        skin = self.blocks[self.inside]
        if not len(skin):
            return 1.0
        low, high = np.percentile(skin, (5, 95))
        return max(1.0, float(high - low))


class Cue(Protocol):
    """One figure of a touch. How odd it is among living fingers is the fusion's to say."""

    @property
    def name(self) -> str:
        """As it travels to the server."""
        ...

    def run(self, touch: Touch) -> float | None:
        """The figure; None where this touch cannot tell."""
        ...


BLOCKS_MIN: Final = 16
"""Inside a finger; a smaller piece tells nothing of its texture."""


def enough(touch: Touch) -> bool:
    """Whether there is enough of the finger to speak of its texture."""
    return int(touch.inside.sum()) >= BLOCKS_MIN


def blurred(plane: Plane, sigma_px: float) -> Plane:
    """Without what is finer than `sigma_px`."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), np.float32)


def finite(value: float) -> float | None:
    """`value`, or None where it is no number."""
    return value if math.isfinite(value) else None
