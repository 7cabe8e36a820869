"""Noise: a live sensor's is new in every frame; a recording's was smoothed by a codec, a still's comes along. Pure.

The unrest from one frame to the next is compared with the finest detail within the frame, on skin, where there is
little else: of fresh noise both are alike.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from models.liveness.cues.glance import SKIN, Glance, Plane, View, finite, luma, patch

FLOOR: Final = 0.05
"""Grey levels: a quantiser's own noise is 0.29."""


class Noise:
    """log of the temporal noise over the spatial; near 0 for a live sensor, below for what is still or smoothed."""

    name = "noise"

    def run(self, glance: Glance) -> float | None:
        """None where no skin is inside both pictures."""
        side = max(8, round(0.35 * glance.now.eye_distance_px))
        ratios = [ratio for point in SKIN if (ratio := _ratio(glance.now, glance.before, point, side)) is not None]
        return finite(float(np.median(ratios))) if ratios else None


def _ratio(now: View, before: View, point: int, side: int) -> float | None:
    patches = [_skin(view, point, side) for view in (now, before)]
    if patches[0] is None or patches[1] is None:
        return None
    fine, earlier = (_fine(one) for one in (patches[0], patches[1]))
    temporal = _sigma(fine - earlier) / math.sqrt(2)
    return math.log((temporal + FLOOR) / (_sigma(fine) + FLOOR))


def _skin(view: View, point: int, side: int) -> Plane | None:
    found = patch(view, (float(view.points[point, 0]), float(view.points[point, 1])), side)
    return None if found is None else luma(found)


def _fine(plane: Plane) -> Plane:
    """Without everything wider than two pixels."""
    return np.asarray(cv2.filter2D(plane, -1, _LAPLACE, borderType=cv2.BORDER_REFLECT)[1:-1, 1:-1], np.float32)


def _sigma(values: Plane) -> float:
    """Robust (1.4826 times the median of what is away from 0)."""
    return 1.4826 * float(np.median(np.abs(values)))


_LAPLACE: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Immerkaer 1996: blind to planes and edges; white noise keeps its deviation."""
