"""Gamut: print and display, seen through air, do not reach the colours of the thing itself. Pure.

After Boulkenafet, Komulainen and Hadid 2016 (IEEE TIFS 11(8)): recaptured faces differ in chroma more than in
brightness.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from models.liveness.cues.glance import Glance, face_box, finite

SIDE_PX: Final = 48
"""The face is shrunk to this: noise has colours too, and is averaged away."""
DARK: Final = 8.0
"""Grey levels added to the brightness, so that a black picture has a figure."""


class Gamut:
    """How far the face's colours spread around their mean, over its brightness; natural logarithm of the area."""

    name = "gamut"

    def run(self, glance: Glance) -> float | None:
        """None where no face is inside the picture."""
        box = face_box(glance.now)
        if box is None:
            return None
        small = cv2.resize(glance.now.rgb[box], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        ycc = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).reshape(-1, 3).astype(np.float64)
        area = math.sqrt(max(0.0, float(np.linalg.det(np.cov(ycc[:, 1:].T)))))
        return finite(math.log((area + 0.5) / (float(ycc[:, 0].mean()) + DARK)))
