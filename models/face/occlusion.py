"""Whether eyes and mouth can be seen, or something is before them. Pure (OpenCV filters).

The mesh draws eyes and a mouth wherever a face should have them, through sunglasses and masks, too. But an eye and a
mouth are the parts of a face with the most detail from top to bottom (lids, iris, lips), open or shut, and a lens, a
hand or a piece of cloth has next to none.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face.region import Region

EYE_DETAIL_MIN: Final = 0.055
MOUTH_DETAIL_MIN: Final = 0.055
"""See `details`. None of 129 frontal photos has less (least 0.063 and 0.069); most of the same photos with glasses,
hands and masks drawn over them do: figures in docs/liveness.md."""

LUMA_MIN: Final = 30.0
"""Under it contrast is the sensor's noise."""

_RIGHT_EYE, _LEFT_EYE, _MOUTH = (33, 133), (362, 263), (61, 291)
"""Mesh points of the corners."""
_EYE_SHARE: Final = (0.5, 0.3)
_MOUTH_SHARE: Final = (0.4, 0.3)
"""How far a part reaches to either side and up and down from its middle, in distances of its corners."""


def details(
    points: NDArray[np.float32], region: Region, grey: NDArray[np.uint8], luma: float, slopes: NDArray[np.int16]
) -> tuple[float, float]:
    """Detail of the eyes (of the less clear one) and of the mouth: spread of the change of brightness from row to row,
    in shares of the face's mean luma, so that it depends on neither light nor exposure.

    `points` float32[468,3] in frame pixels, `grey` uint8[S,S]: the cut of `region`; `luma` 0..255. `slopes` is room to
    work in, of the shape of `grey`.
    """
    to_cut = np.asarray(cv2.invertAffineTransform(region.to_frame(grey.shape[0])), np.float64)
    right, left, mouth = (
        _detail(grey, to_cut, points[list(corners), :2], share, slopes)
        for corners, share in ((_RIGHT_EYE, _EYE_SHARE), (_LEFT_EYE, _EYE_SHARE), (_MOUTH, _MOUTH_SHARE))
    )
    light = max(luma, LUMA_MIN)
    return min(right, left) / light, mouth / light


def _detail(
    grey: NDArray[np.uint8],
    to_cut: NDArray[np.float64],
    corners: NDArray[np.float32],
    share: tuple[float, float],
    slopes: NDArray[np.int16],
) -> float:
    (x0, y0), (x1, y1) = (corners @ to_cut[:, :2].T + to_cut[:, 2]).tolist()
    reach = math.hypot(x1 - x0, y1 - y0)
    x, y, wide, high = (x0 + x1) / 2, (y0 + y1) / 2, share[0] * reach, share[1] * reach
    part = grey[max(0, int(y - high)) : max(0, int(y + high) + 1), max(0, int(x - wide)) : max(0, int(x + wide) + 1)]
    if part.size == 0:
        return 0.0
    slopes = slopes[: part.shape[0], : part.shape[1]]
    return float(cv2.meanStdDev(cv2.Sobel(part, cv2.CV_16S, 0, 1, dst=slopes, ksize=1))[1][0, 0])
