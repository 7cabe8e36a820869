"""From similarities of single minutiae to one score of two impressions: greedy pairing with relaxation. Pure.

Source: the paper named in `cylinders`, section "Global score": Local Similarity Sort with Relaxation (LSS-R), with
the pairing of the same authors' later greedy variant: no minutia stands in two pairs. Names in brackets are theirs.

Relaxation is what tells fingers apart: a pair keeps its similarity as far as its distance, direction and bearing
to the other pairs are the same in both impressions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.cylinders import CylinderSet, wrapped

_PAIRS_MIN: Final = 4  # min_nP
_PAIRS_MAX: Final = 12  # max_nP
_PAIRS_MIDDLE: Final = 20.0  # mu_P
_PAIRS_STEEPNESS: Final = 0.4  # tau_P
_ROUNDS: Final = 5  # n_rel
_OWN_WEIGHT: Final = 0.5  # w_R
_DISTANCE_MIDDLE_PX: Final = 5.0  # mu_1
_DISTANCE_STEEPNESS: Final = -8.0 / 5.0  # tau_1
_ANGLE_MIDDLE_RAD: Final = math.pi / 12.0  # mu_2 and mu_3
_ANGLE_STEEPNESS: Final = -30.0  # tau_2 and tau_3
_EXPONENT_MAX: Final = 60.0
"""Beyond it a sigmoid is 0 or 1 to the last bit; keeps `exp` from overflowing."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """The pairs that count, the surest first: cylinder `rows[i]` of the first impression stands for `columns[i]` of the
    second. `score` 0 to 1: how alike the impressions are.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    score: float


def pairing(similarity: Doubles, first: CylinderSet, second: CylinderSet) -> Pairing:
    """Which minutiae of two impressions belong together, from the similarity [n, m] of their cylinders.

    The score is 0 where fewer than four minutiae can be paired.
    """
    fewer = min(similarity.shape)
    rows, columns = _best_pairs(similarity, fewer)
    if len(rows) < _PAIRS_MIN:
        return Pairing(rows, columns, 0.0)
    start = similarity[rows, columns]
    kept = _relaxed(start, _agreement(first, rows, second, columns))
    efficiency = kept / start
    best = np.argsort(-efficiency, kind="stable")[: _pair_count(fewer)]
    return Pairing(rows[best], columns[best], float(kept[best].sum() / _pair_count(fewer)))


def _pair_count(fewer: int) -> int:
    """How many pairs the score is the mean of (n_P): more where both impressions have more minutiae."""
    weight = 1.0 / (1.0 + math.exp(-_PAIRS_STEEPNESS * (fewer - _PAIRS_MIDDLE)))
    return _PAIRS_MIN + round(weight * (_PAIRS_MAX - _PAIRS_MIN))


def _best_pairs(similarity: Doubles, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Up to `count` pairs, the most similar first, each minutia in one pair only."""
    columns_total = similarity.shape[1] if similarity.size else 1
    row_free = [True] * similarity.shape[0]
    column_free = [True] * similarity.shape[1]
    rows: list[int] = []
    columns: list[int] = []
    flat = similarity.ravel()
    for index in np.argsort(-flat, kind="stable")[: np.count_nonzero(flat)].tolist():
        row, column = divmod(index, columns_total)
        if row_free[row] and column_free[column]:
            row_free[row] = column_free[column] = False
            rows.append(row)
            columns.append(column)
            if len(rows) == count:
                break
    return np.array(rows, np.intp), np.array(columns, np.intp)


def _agreement(first: CylinderSet, rows: NDArray[np.intp], second: CylinderSet, columns: NDArray[np.intp]) -> Doubles:
    """How well each two pairs agree on distance, direction and bearing between their minutiae [n, n] (rho)."""
    distance_one, turn_one, bearing_one = _relations(first, rows)
    distance_two, turn_two, bearing_two = _relations(second, columns)
    agreement = (
        _sigmoid(np.abs(distance_one - distance_two), _DISTANCE_MIDDLE_PX, _DISTANCE_STEEPNESS)
        * _sigmoid(np.abs(wrapped(turn_one - turn_two)), _ANGLE_MIDDLE_RAD, _ANGLE_STEEPNESS)
        * _sigmoid(np.abs(wrapped(bearing_one - bearing_two)), _ANGLE_MIDDLE_RAD, _ANGLE_STEEPNESS)
    )
    np.fill_diagonal(agreement, 0.0)
    return agreement


def _relations(cylinders: CylinderSet, chosen: NDArray[np.intp]) -> tuple[Doubles, Doubles, Doubles]:
    """Distance, difference of direction and bearing (seen from the first's direction) between chosen minutiae."""
    points, angles = cylinders.points[chosen], cylinders.angles[chosen]
    offset = points[None, :, :] - points[:, None, :]
    distance = np.hypot(offset[..., 0], offset[..., 1])
    bearing = angles[:, None] - np.arctan2(offset[..., 1], offset[..., 0])
    return distance, angles[:, None] - angles[None, :], bearing


def _relaxed(start: Doubles, agreement: Doubles) -> Doubles:
    kept = start
    support = agreement * ((1.0 - _OWN_WEIGHT) / (len(start) - 1))
    for _ in range(_ROUNDS):
        kept = _OWN_WEIGHT * kept + support @ kept
    return kept


def _sigmoid(value: Doubles, middle: float, steepness: float) -> Doubles:
    exponent = np.clip(-steepness * (value - middle), -_EXPONENT_MAX, _EXPONENT_MAX)
    return np.asarray(1.0 / (1.0 + np.exp(exponent)))
