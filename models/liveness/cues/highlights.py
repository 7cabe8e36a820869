"""Specular highlights: skin is moist and round, so light leaves small bright, colourless spots on it. Pure.

Paper is matt, or shines as a whole; a display adds its own glare. The darkest of the three colours is what a
colourless highlight raises most (Tan and Ikeuchi 2005, IEEE PAMI 27(2)).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from models.liveness.cues.glance import Glance, face_box, finite

WIDTH_PX: Final = 96
"""The face is shrunk to this width: a highlight on a nose is 3 of these pixels wide."""
SPOT_PX: Final = 11
"""What is wider is shading, not a spot."""
SKIN_PIXELS_MIN: Final = 256
EVEN: Final = 0.5
"""Grey levels: skin more even than this has no detail to be lopsided."""


class Highlights:
    """How lopsided the fine detail of the darkest colour is on skin: its skewness, bright spots positive."""

    name = "highlights"

    def run(self, glance: Glance) -> float | None:
        """None where no face is inside the picture."""
        box = face_box(glance.now)
        if box is None:
            return None
        face = glance.now.rgb[box]
        height = max(1, round(face.shape[0] * WIDTH_PX / face.shape[1]))
        small = cv2.resize(face, (WIDTH_PX, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        darkest = cv2.min(cv2.min(small[..., 0], small[..., 1]), small[..., 2])
        detail = darkest - cv2.blur(darkest, (SPOT_PX, SPOT_PX))
        # Features are dark lines; the brighter half of the face is skin.
        skin = detail[darkest > np.median(darkest)]
        if len(skin) < SKIN_PIXELS_MIN:
            return None
        centred = skin - skin.mean()
        return finite(float((centred**3).mean()) / max(float(centred.std()), EVEN) ** 3)
