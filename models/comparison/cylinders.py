"""Minutia Cylinder-Code (MCC16): a fixed-length description of the surroundings of each minutia. Pure.

Source: R. Cappelli, M. Ferrara, D. Maltoni, "Minutia Cylinder-Code: A New Representation and Matching Technique
for Fingerprint Recognition", IEEE TPAMI 32(12), 2010; parameter values of its table of the 16 x 16 x 6 variant.
Names in brackets are the paper's.

Around each minutia stands a cylinder: a grid of 16 x 16 cells turned along the minutia's direction, in 6 layers,
one per range of direction difference. A cell holds how much other minutiae stand near it with that difference.
Lengths are in pixels at 500 dpi: minutiae of other resolutions are brought there first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.iso19794_2 import ANGLE_STEPS, MinutiaeRecord

COMMON_RESOLUTION_PX_PER_CM: Final = 197.0
"""500 dpi as records state it."""

_RADIUS_PX = 70.0  # R
_SIDE_CELLS = 16  # N_S
_LAYERS = 6  # N_D
_SIGMA_DISTANCE_PX = 28.0 / 3.0  # sigma_S
_SIGMA_ANGLE_RAD = 2.0 * math.pi / 9.0  # sigma_D
_SIGMOID_MIDDLE = 0.01  # mu_psi
_SIGMOID_STEEPNESS = 400.0  # tau_psi
_HULL_MARGIN_PX = 50.0  # omega
_VALID_CELLS_MIN = 0.75  # min_VC
_NEIGHBOURS_MIN = 2  # min_M
_SHARED_CELLS_MIN = 0.60  # min_ME
_ROTATION_MAX_RAD = 64.5 * 2.0 * math.pi / ANGLE_STEPS
"""delta_theta, a quarter turn: between two steps of a record's angles, so that rounding decides nothing."""

_MINUTIAE_USED_MAX = 128
"""The surest ones of a record with more. A fingertip shows at most 80 on these sensors, a record has room for 255 and
the work grows with the square.
"""

_HULL_DIRECTIONS = 64
"""The hull is bounded by its tangents in this many directions; at most 5 pixels wide of the true outline."""

_TURN_RAD = 2.0 * math.pi
_REACH_PX = 3.0 * _SIGMA_DISTANCE_PX
_TAIL_MIN = math.exp(-0.5 * 3.0**2)
"""A minutia counts for a cell up to three sigma away."""

_CELL_PX = 2.0 * _RADIUS_PX / _SIDE_CELLS
_REACHED_CELLS = int(2.0 * _REACH_PX / _CELL_PX) + 1
"""Rows of the grid that a minutia can count for, wherever it stands; of the columns as many."""

_ROUNDING_PX = 0.001
"""More than rounding ever moves a cell."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def _layer_weights() -> Floats:
    """Weight of a neighbour per direction difference (in 1/256 turn) and layer: the area of a Gaussian under the
    layer's range. Angles of a record are bytes, so the table holds every case [256, layers].
    """
    width = _TURN_RAD / _LAYERS
    table = np.empty((ANGLE_STEPS, _LAYERS), np.float32)
    for step in range(ANGLE_STEPS):
        for layer in range(_LAYERS):
            centre = -math.pi + (layer + 0.5) * width
            off = (step * _TURN_RAD / ANGLE_STEPS - centre + math.pi) % _TURN_RAD - math.pi
            low, high = ((off + side * width / 2.0) / (_SIGMA_ANGLE_RAD * math.sqrt(2.0)) for side in (-1, 1))
            table[step, layer] = (math.erf(high) - math.erf(low)) / 2.0
    return table


def _cell_centres() -> NDArray[np.float64]:
    """Offsets of the grid's rows (and columns) from the minutia, in pixels [side]."""
    return (np.arange(_SIDE_CELLS, dtype=np.float64) - (_SIDE_CELLS - 1) / 2.0) * _CELL_PX


_LAYER_WEIGHTS = _layer_weights()
_CENTRES = _cell_centres()
_GRID_X, _GRID_Y = (axis.ravel() for axis in np.meshgrid(_CENTRES, _CENTRES, indexing="ij"))
_IN_CIRCLE: Bools = np.hypot(_GRID_X, _GRID_Y) <= _RADIUS_PX
_CELL_X, _CELL_Y = _GRID_X[_IN_CIRCLE], _GRID_Y[_IN_CIRCLE]
_CELLS = int(_IN_CIRCLE.sum())
_HULL_ANGLES = np.arange(_HULL_DIRECTIONS) * (_TURN_RAD / _HULL_DIRECTIONS)
_HULL_NORMALS = np.stack([np.cos(_HULL_ANGLES), np.sin(_HULL_ANGLES)])


@dataclass(frozen=True, slots=True)
class CylinderSet:
    """The cylinders of one impression's n usable minutiae, and where those stand.

    `points` [n, 2] pixels at 500 dpi, y upwards; `angles` [n] radians; `cells` [n, cells x layers] 0 to 1, zero
    where not valid; `valid` [n, cells] 0 or 1.
    """

    points: NDArray[np.float64]
    angles: NDArray[np.float64]
    cells: Floats
    valid: Floats

    def __len__(self) -> int:
        return len(self.angles)


def build_cylinders(record: MinutiaeRecord) -> CylinderSet:
    """The cylinders of `record`; minutiae with too little around them have none. Milliseconds for 50 minutiae."""
    scale = COMMON_RESOLUTION_PX_PER_CM / record.resolution_px_per_cm
    surest = sorted(record.minutiae, key=lambda m: (-m.quality, m.y, m.x))[:_MINUTIAE_USED_MAX]
    points = np.array([(m.x * scale, -m.y * scale) for m in surest], np.float64).reshape(-1, 2)
    steps = np.array([m.angle for m in surest], np.int64)
    angles = steps.astype(np.float64) * (_TURN_RAD / ANGLE_STEPS)
    if len(points) <= _NEIGHBOURS_MIN:
        return _nothing()
    local = _local_coordinates(points, angles)
    apart = np.hypot(local[..., 0], local[..., 1])
    others = ~np.eye(len(points), dtype=np.bool_)
    neighbours = np.count_nonzero(others & (apart <= _RADIUS_PX + _REACH_PX), axis=1)
    valid = _valid_cells(points, angles)
    usable = (neighbours >= _NEIGHBOURS_MIN) & (valid.mean(axis=1) >= _VALID_CELLS_MIN)
    if not usable.any():
        return _nothing()
    differences = (steps[usable, None] - steps[None, :]) % ANGLE_STEPS
    weights = _LAYER_WEIGHTS[differences] * others[usable, :, None]
    cells = _cell_values(local[usable], weights) * valid[usable, :, None]
    return CylinderSet(
        points[usable],
        angles[usable],
        cells.reshape(len(cells), -1).astype(np.float32),
        valid[usable].astype(np.float32),
    )


def local_similarity(first: CylinderSet, second: CylinderSet) -> NDArray[np.float64]:
    """Similarity of each cylinder of `first` with each of `second` [n, m], 0 to 1; 0 where they cannot be compared
    (too few cells valid in both, or turned too far against each other).
    """
    first_squares = _squares_per_cell(first)
    second_squares = _squares_per_cell(second)
    first_norm2 = first_squares @ second.valid.T
    second_norm2 = first.valid @ second_squares.T
    difference2 = np.maximum(first_norm2 + second_norm2 - 2.0 * (first.cells @ second.cells.T), 0.0)
    norms = np.sqrt(first_norm2) + np.sqrt(second_norm2)
    turned = wrapped(first.angles[:, None] - second.angles[None, :])
    comparable = (
        (first.valid @ second.valid.T >= _SHARED_CELLS_MIN * _CELLS)
        & (np.abs(turned) <= _ROTATION_MAX_RAD)
        & (norms > 0.0)
    )
    ratio = np.sqrt(difference2) / np.where(norms > 0.0, norms, 1.0)
    return np.where(comparable, 1.0 - ratio, 0.0).astype(np.float64)


def wrapped(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same angle in radians from -pi to pi."""
    return (angle + math.pi) % _TURN_RAD - math.pi


def _local_coordinates(points: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each minutia stands as seen from each, along and across the direction of the one that looks [n, n, 2]."""
    offset = points[None, :, :] - points[:, None, :]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    along = offset[..., 0] * cos + offset[..., 1] * sin
    across = offset[..., 1] * cos - offset[..., 0] * sin
    return np.stack([along, across], axis=-1)


def _valid_cells(points: NDArray[np.float64], angles: NDArray[np.float64]) -> Bools:
    """Which cells lie inside the minutiae's convex hull, widened by the margin [n, cells]."""
    projections = points @ _HULL_NORMALS
    bounds = projections.max(axis=0) + _HULL_MARGIN_PX
    valid = np.ones((len(points), _CELLS), np.bool_)
    # Only towards an edge that is nearer than the radius can a cell stand outside.
    minutia, direction = np.nonzero(bounds - projections < _RADIUS_PX + _ROUNDING_PX)
    near_edge, firsts = np.unique(minutia, return_index=True)
    # A cell's projection is its minutia's plus its offset's, which is the grid's turned by the minutia's angle.
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x = points[:, :1] + _CELL_X * cos - _CELL_Y * sin
    y = points[:, 1:] + _CELL_X * sin + _CELL_Y * cos
    normal_x, normal_y = _HULL_NORMALS[:, direction, None]
    inside = x[minutia] * normal_x + y[minutia] * normal_y <= bounds[direction, None]
    valid[near_edge] = np.logical_and.reduceat(inside, firsts, axis=0)
    return valid


def _cell_values(local: NDArray[np.float64], weights: Floats) -> Floats:
    """What each cell holds, between 0 and 1 [n, cells, layers]."""
    near = np.zeros((*local.shape[:2], _SIDE_CELLS * _SIDE_CELLS), np.float32)
    pairs = np.nonzero(np.hypot(local[..., 0], local[..., 1]) <= _RADIUS_PX + _REACH_PX)
    (x_cells, x_part), (y_cells, y_part) = (_reached(local[..., axis][pairs]) for axis in (0, 1))
    part = x_part[:, :, None] * y_part[:, None, :]
    part[part < _TAIL_MIN] = 0.0
    cells = x_cells[:, :, None] * _SIDE_CELLS + y_cells[:, None, :]
    near[pairs[0][:, None, None], pairs[1][:, None, None], cells] = part
    peak = 1.0 / (_SIGMA_DISTANCE_PX * math.sqrt(_TURN_RAD))
    mass = peak * np.matmul(near.transpose(0, 2, 1), weights)[:, _IN_CIRCLE]
    return np.asarray(1.0 / (1.0 + np.exp(-_SIGMOID_STEEPNESS * (mass - _SIGMOID_MIDDLE))))


def _reached(places: NDArray[np.float64]) -> tuple[NDArray[np.intp], Floats]:
    """The grid's rows (or columns) that a minutia at each of `places` counts for, and how much [k, reached]."""
    first = np.ceil((places - _REACH_PX - _CENTRES[0]) / _CELL_PX).astype(np.intp)
    rows = np.clip(first, 0, _SIDE_CELLS - _REACHED_CELLS)[:, None] + np.arange(_REACHED_CELLS)
    off = (places[:, None] - _CENTRES[rows]) / _SIGMA_DISTANCE_PX
    return rows, np.exp(-0.5 * off**2).astype(np.float32)


def _squares_per_cell(cylinders: CylinderSet) -> Floats:
    squares: Floats = np.square(cylinders.cells).reshape(len(cylinders), _CELLS, _LAYERS).sum(axis=-1)
    return squares


def _nothing() -> CylinderSet:
    return CylinderSet(
        np.empty((0, 2)),
        np.empty(0),
        np.empty((0, _CELLS * _LAYERS), np.float32),
        np.empty((0, _CELLS), np.float32),
    )
