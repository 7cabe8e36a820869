"""Moisture: a living finger presses and sweats unevenly; a cast is as wet everywhere as it was made. Pure.

Sweat comes out of pores and spreads along ridges, so darkness differs from place to place (Derakhshani, Schuckers,
Hornak and O'Gorman, Pattern Recognition 36(2), 2003, who follow it over some seconds; here it is one image's).
"""

from __future__ import annotations

import math
from typing import Final

from models.fingerprint.cues.touch import Touch, enough, finite

FLOOR: Final = 0.01


class Moisture:
    """log of how far the mean greys of blocks inside the finger spread, over its contrast; more is more alive."""

    name = "moisture"

    def run(self, touch: Touch) -> float | None:
        """None where too little of the finger is seen."""
        if not enough(touch):
            return None
        means = touch.blocks[touch.inside].mean(axis=(1, 2))
        return finite(math.log(float(means.std()) / touch.contrast + FLOOR))
