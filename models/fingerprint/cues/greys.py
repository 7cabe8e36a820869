"""Greys: skin meets the glass in every degree; a flooded or overexposed image, or a solid print, does not. Pure.

First-order statistics of the greys are among the oldest signs of vitality (surveyed by Coli, Marcialis and Roli,
Lecture Notes in Computer Science 4642, 2007).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from models.fingerprint.cues.touch import LEVELS, Touch, enough

_SHIFT: Final = 4


class Greys:
    """Entropy of the grey levels inside the finger, 0 to 1 of what sixteen levels can have; more is more alive."""

    name = "greys"

    def run(self, touch: Touch) -> float | None:
        """None where too little of the finger is seen."""
        if not enough(touch):
            return None
        counts = np.bincount(touch.pixels[touch.inside_pixels] >> _SHIFT, minlength=LEVELS)
        shares = counts[counts > 0] / counts.sum()
        return float(-(shares * np.log(shares)).sum() / math.log(LEVELS))
