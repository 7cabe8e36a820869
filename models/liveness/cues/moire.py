"""Moiré: a display's or a print's grid, sampled by the sensor's, leaves a lone peak in the spectrum. Pure.

A face's own spectrum falls smoothly; a periodic pattern stands far above its neighbours. Looked at on unresampled
pixels: resampling moves or removes it. Known since Garcia and de Queiroz 2015 (IEEE TIFS 10(4), face spoofing
detection through moiré).
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from models.liveness.cues.glance import NOSE, Glance, Plane, finite, patch

SIDE_PX: Final = 128
"""The middle of a face whose eyes are 40 pixels or more apart."""
LOWEST: Final = 0.12
"""Cycles per pixel: below are the face's own features."""
AXIS_BINS: Final = 2
"""Bins next to the axes, where codecs' blocks and the picture's borders are."""
PEAK_BINS: Final = 3
"""A wave under the window is three bins wide; one bin alone is chance."""
HOLE_BINS: Final = 5
AROUND_BINS: Final = 15
"""What surrounds a bin, without the middle: how strong the spectrum would be there without a peak."""
QUIET: Final = 0.05
"""Grey levels squared, of white noise: a quantiser's own is 0.083."""


class Moire:
    """How far the highest peak of the fine detail stands above its neighbours, in natural logarithms of power."""

    name = "moire"

    def __init__(self) -> None:
        window = np.hanning(SIDE_PX).astype(np.float32)
        self._window = np.outer(window, window)
        across, down = np.meshgrid(np.fft.rfftfreq(SIDE_PX), np.fft.fftfreq(SIDE_PX))
        near_axis = (np.abs(across) * SIDE_PX <= AXIS_BINS) | (np.abs(down) * SIDE_PX <= AXIS_BINS)
        self._looked_at = (np.hypot(across, down) >= LOWEST) & ~near_axis

    def run(self, glance: Glance) -> float | None:
        """None where the middle of the face is not whole in the picture."""
        x, y = (float(value) for value in glance.now.points[NOSE, :2])
        face = patch(glance.now, (x, y), SIDE_PX)
        if face is None:
            return None
        green = face[..., 1].astype(np.float32)
        # Colour moiré of the sensor's mosaic is in the differences, where the face itself has little.
        differences = (face[..., colour] - green for colour in (0, 2))
        return finite(max(self._peak(green), *map(self._peak, differences)))

    def _peak(self, plane: Plane) -> float:
        spectrum = np.fft.rfft2((plane - plane.mean()) * self._window)
        power = (np.abs(spectrum) ** 2).astype(np.float32)
        peak, hole, around = (cv2.blur(power, (bins, bins)) for bins in (PEAK_BINS, HOLE_BINS, AROUND_BINS))
        floor = (around * AROUND_BINS**2 - hole * HOLE_BINS**2) / (AROUND_BINS**2 - HOLE_BINS**2)
        quiet = QUIET * float((self._window**2).sum())
        return math.log(float(((peak + quiet) / (np.maximum(floor, 0) + quiet))[self._looked_at].max()))
