"""Halftone: a printer makes grey out of dots in rows, and rows are peaks in the spectrum. Pure.

A screen of 60 to 150 lines an inch has rows both ways, so its peaks come in pairs at right angles, equally far out,
and each is a single bin. Ridges run one way at a place, and bend from place to place: their energy lies on arcs of a
ring, and a quarter turn further on that ring there is seldom as much. What stands on the axes is the sensor's own
rows and columns.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from models.fingerprint.cues.touch import Plane, Touch, blurred, enough, finite

SIDE_PX: Final = 160
"""The image's middle: all of it lies within both readers' areas."""
LOWEST: Final = 0.1
"""Cycles per pixel: a screen of 50 lines an inch."""
AXIS_BINS: Final = 2
PEAK_BINS: Final = 3
"""A wave under the window is three bins wide."""
HOLE_BINS: Final = 7
AROUND_BINS: Final = 21
"""What surrounds a bin, without the middle: how strong the spectrum would be there without a screen."""
GROUND_SIGMA_PX: Final = 8.0
QUIET: Final = 20.0
"""Grey levels squared, of white noise: sixteen levels are 17 apart, and their quantiser's own is 24."""


class Halftone:
    """How far the weaker peak of the strongest pair at right angles stands above its neighbours, in natural logarithms
    of power; less is more alive."""

    name = "halftone"

    def __init__(self) -> None:
        window = np.hanning(SIDE_PX).astype(np.float32)
        self._window: Plane = np.outer(window, window)
        frequency = np.abs(np.fft.fftfreq(SIDE_PX))
        down, across = np.meshgrid(frequency, frequency, indexing="ij")
        near_axis = np.minimum(down, across) * SIDE_PX <= AXIS_BINS
        apart = np.hypot(down, across)
        self._looked_at = (apart >= LOWEST) & (apart <= frequency.max()) & ~near_axis
        self._turned = -np.arange(SIDE_PX) % SIDE_PX

    def run(self, touch: Touch) -> float | None:
        """None where too little of the finger is seen."""
        if not enough(touch):
            return None
        height, width = touch.pixels.shape
        top, left = (height - SIDE_PX) // 2, (width - SIDE_PX) // 2
        middle = touch.pixels[top : top + SIDE_PX, left : left + SIDE_PX].astype(np.float32)
        heights = self._peaks(middle - blurred(middle, GROUND_SIGMA_PX))
        pairs = np.minimum(heights, heights.T[self._turned])
        return finite(math.log(float(pairs[self._looked_at].max())))

    def _peaks(self, even: Plane) -> Plane:
        """How many times as strong each bin is as what surrounds it; the spectrum as `fft2` orders it."""
        power = np.fft.fftshift(np.abs(np.fft.fft2(even * self._window)) ** 2).astype(np.float32)
        peak, hole, around = (cv2.blur(power, (bins, bins)) for bins in (PEAK_BINS, HOLE_BINS, AROUND_BINS))
        floor = (around * AROUND_BINS**2 - hole * HOLE_BINS**2) / (AROUND_BINS**2 - HOLE_BINS**2)
        quiet = QUIET * float((self._window**2).sum())
        return np.asarray(np.fft.ifftshift((peak + quiet) / (np.maximum(floor, 0) + quiet)), np.float32)
