"""Bubbles: air caught in silicone, gelatine or glue leaves round light holes across ridges. Pure.

A pore is half a ridge wide, a wrinkle is a line: neither holds a disc that is as wide as a ridge and its valley.
Light is what is lighter than its surroundings, so that a dry or lightly pressed place is none.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from models.fingerprint.cues.touch import Touch, blurred, enough

DISC_PX: Final = 9
"""A ridge's mean distance at 500 dpi."""
SURROUNDINGS_PX: Final = 12.0
LIGHT: Final = 0.8
"""Deviations above the mean of the surroundings."""
DEVIATION_MIN: Final = 10.0
"""Grey levels: what varies less is level ground."""
LONGEST: Final = 2.2
ROUND_MIN: Final = 0.6
"""In discs' widths, and of the square around a hole: a disc fills 0.79 of it, a wrinkle little."""
_DISC: Final = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (DISC_PX, DISC_PX))


class Bubbles:
    """Round light holes in each 1,000 blocks of skin; less is more alive."""

    name = "bubbles"

    def run(self, touch: Touch) -> float | None:
        """None where too little of the finger is seen."""
        if not enough(touch):
            return None
        grey = touch.pixels.astype(np.float32)
        mean = blurred(grey, SURROUNDINGS_PX)
        variance = blurred(grey * grey, SURROUNDINGS_PX) - mean * mean
        deviation = np.sqrt(np.maximum(variance, DEVIATION_MIN**2))
        light = (grey > mean + LIGHT * deviation).astype(np.uint8)
        holes = cv2.morphologyEx(light, cv2.MORPH_OPEN, _DISC)
        _, _, stats, centres = cv2.connectedComponentsWithStats(holes, connectivity=8)
        found = 0
        for (_, _, width, height, area), (x, y) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
            longest = max(width, height)
            compact = longest <= LONGEST * DISC_PX and area >= ROUND_MIN * longest**2
            found += bool(compact and touch.inside_pixels[round(y), round(x)])
        return 1000.0 * found / int(touch.inside.sum())
