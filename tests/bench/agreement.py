"""Whether two programs say the same of the same pictures: a race between two that do not has no number. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.iso19794_2 import ANGLE_STEPS, QUALITY_MAX, MinutiaeRecord
from models.face.mesh import LEFT_EYE_OUTER, POINTS, RIGHT_EYE_OUTER

Points = NDArray[np.float32]

MESH_DIFFERENCE_MAX: Final = 5e-3
"""Of the eyes' distance: how far the median point of a frame may lie from the other program's."""
OTHER_MESH_DIFFERENCE_MAX: Final = 0.1
"""The same where the other program asks another network of the same maker."""
EMBEDDING_DIFFERENCE_MAX: Final = 5e-4
"""Half precision weights; two photos of one person are 0.2 to 0.4 apart."""
MINUTIAE_SHARED_MIN: Final = 0.98
"""Of the minutiae that either finds, the share that the other finds at the same pixel."""
ANGLE_DIFFERENCE_MAX_RAD: Final = math.tau / ANGLE_STEPS
"""A record keeps 256 directions."""
PYFING_QUALITY_MIN: Final = 0.6
"""Its own threshold; a minutia within the margin of it may fall on either side."""
QUALITY_MARGIN: Final = 0.01


def meshes_agree(ours: Sequence[Points], theirs: Sequence[Points], most: float = MESH_DIFFERENCE_MAX) -> bool:
    """Whether every frame's points, float32[468 or more, 3] in pixels, are the same, as `most` says."""
    return len(ours) == len(theirs) and all(
        len(their) >= POINTS and _median_difference(our, their[:POINTS]) <= most
        for our, their in zip(ours, theirs, strict=True)
    )


def _median_difference(ours: Points, theirs: Points) -> float:
    eyes_px = float(np.linalg.norm(ours[RIGHT_EYE_OUTER, :2] - ours[LEFT_EYE_OUTER, :2]))
    return float(np.median(np.linalg.norm(ours[:, :2] - theirs[:, :2], axis=1))) / eyes_px


def embeddings_agree(ours: Sequence[Points], theirs: Sequence[Sequence[float]]) -> bool:
    """Whether every number of every embedding is the same, but for half precision."""
    difference = np.abs(np.asarray(ours) - np.asarray(theirs))
    return difference.size > 0 and float(difference.max()) <= EMBEDDING_DIFFERENCE_MAX


def minutiae_agree(ours: MinutiaeRecord, theirs: Sequence[Sequence[Any]]) -> bool:
    """Whether a record holds the minutiae (x, y, direction, type, quality) that pyfing found, and none that it is sure
    to have found besides.
    """
    found = {(one.x, one.y): (one.angle * math.tau / ANGLE_STEPS, one.quality / QUALITY_MAX) for one in ours.minutiae}
    expected = {(x, y): direction for x, y, direction, _, _ in theirs}
    sure = {(x, y) for x, y, _, _, quality in theirs if quality >= PYFING_QUALITY_MIN + QUALITY_MARGIN}
    same = {
        place
        for place in sure & found.keys()
        if _angle_between(found[place][0], expected[place]) <= ANGLE_DIFFERENCE_MAX_RAD
    }
    sure_of_ours = {place for place, (_, quality) in found.items() if quality >= PYFING_QUALITY_MIN + QUALITY_MARGIN}
    return bool(sure) and _shares(same, sure) and _shares(sure_of_ours & expected.keys(), sure_of_ours)


def _shares(part: set[tuple[int, int]], whole: set[tuple[int, int]]) -> bool:
    return len(part) >= MINUTIAE_SHARED_MIN * len(whole)


def _angle_between(first_rad: float, second_rad: float) -> float:
    return abs(math.remainder(first_rad - second_rad, math.tau))
