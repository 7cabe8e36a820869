"""Flicker: a display's light pulses, and a rolling shutter writes the pulses into the rows. Pure.

From one frame to the next the bands move: the difference is the same along a row and changes from row to row. Room
light flickers too, but on everything; a display's bands end with the display.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from models.liveness.cues.glance import Glance, Plane, face_box, finite, luma

MARGIN_SHARE: Final = 0.12
"""Of the picture's width, at either side: what is seldom the display."""
FLOOR: Final = 1e-6
"""Of relative brightness, squared: 0.1 %, under every sensor's noise in a row's mean."""


class Flicker:
    """How much more the rows of the face vary together than its columns do, beyond what the margins show; log10."""

    name = "flicker"

    def run(self, glance: Glance) -> float | None:
        """None where no face is inside the picture."""
        box = face_box(glance.now)
        if box is None or glance.now.rgb.shape != glance.before.rgb.shape:
            return None
        now, before = glance.now.rgb[box[0]], glance.before.rgb[box[0]]
        margin = max(8, round(MARGIN_SHARE * now.shape[1]))
        face, left, right = (
            _banding(luma(now[:, columns]), luma(before[:, columns]))
            for columns in (box[1], slice(0, margin), slice(now.shape[1] - margin, None))
        )
        return finite(face - max(0.0, min(left, right)))


def _banding(now: Plane, before: Plane) -> float:
    """log10 of the variance of the rows' change over that of the columns' change, both without their trend."""
    change, level = now - before, now + before
    level *= 0.5
    level += 8.0
    change /= level
    rows, columns = (_detrended(change.mean(axis=axis)) for axis in (1, 0))
    return math.log10((float(rows.var()) + FLOOR) / (float(columns.var()) + FLOOR))


def _detrended(profile: Plane) -> Plane:
    """Without its straight line and its finest unrest: what is left are bands."""
    place = np.linspace(-1.0, 1.0, len(profile), dtype=np.float32)
    slope = float((profile * place).mean() / (place * place).mean())
    level = profile - profile.mean() - np.float32(slope) * place
    return np.convolve(level, np.full(5, 0.2, np.float32), mode="valid").astype(np.float32)
