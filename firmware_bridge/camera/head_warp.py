"""Turns the head of a portrait in depth. Pure (OpenCV rasterises and resamples).

The mesh's depth, and around it a cranium that ends in a ring where nothing moves, make a relief. Every picture point of
the relief is turned in three dimensions; the picture is then read back through the inverse of that motion, found by
fixed-point iteration on a grid of half the resolution. No point is drawn twice or left out, so no seams show.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.portrait import CHIN, SIDES, Portrait
from firmware_bridge.camera.timeline import Stance

GRID_PX = 2
"""Frame pixels per point of the motion's grid."""
RING = 2.1
"""Where the motion ends, in radii of the face seen from its centre: around the hair, above the shoulders."""
STIFF = 0.35
"""Share of the way from the face's rim to the ring that still turns with the skull: the hair."""
EYE_DISTANCES_TO_CAMERA = 8.0
"""Half a metre over 63 mm: how strongly near parts grow."""
RELIEF_BLUR = 0.14
"""In distances of the eyes: the relief's slopes must stay under 1 after turning, or the inverse does not converge."""
ITERATIONS = 8
DAMPING = np.float32(0.6)


class HeadWarp:
    """The motion of one portrait's head."""

    def __init__(self, portrait: Portrait) -> None:
        self._unit = portrait.eye_distance_px
        points = portrait.points
        self._axis = points[list(SIDES)].mean(axis=0)
        self._chin_y = float(points[CHIN, 1])
        height, width = portrait.picture.shape[:2]
        self._box = _box(points, width, height)
        self._relief, self._weight = _relief(portrait, self._box, float(self._axis[2]))
        rows, columns = self._relief.shape
        x0, y0 = self._box[0], self._box[1]
        self._grid: NDArray[np.float32] = np.stack(
            np.meshgrid(
                np.arange(columns, dtype=np.float32) * GRID_PX + x0, np.arange(rows, dtype=np.float32) * GRID_PX + y0
            ),
            axis=-1,
        )

    def render(self, picture: NDArray[np.uint8], stance: Stance, out: NDArray[np.uint8]) -> None:
        """Draw `picture` into `out` (both uint8[H,W,3]) with its head in `stance`."""
        x0, y0, x1, y1 = self._box
        grid = self._inverse(self._motion(stance))
        source = np.asarray(cv2.resize(grid, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR), np.float32)
        out[:] = picture
        out[y0:y1, x0:x1] = _read(picture, source)

    def _motion(self, stance: Stance) -> NDArray[np.float32]:
        """Where each grid point of the portrait goes, as a shift in pixels, float32[rows,columns,2]."""
        camera = EYE_DISTANCES_TO_CAMERA * self._unit
        depth = self._relief
        near = (camera + depth) / camera
        x = (self._grid[..., 0] - self._axis[0]) * near
        y = (self._grid[..., 1] - self._axis[1]) * near
        turn = rotation(stance.yaw_deg, stance.pitch_deg, stance.roll_deg)
        x_turned = turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * depth
        y_turned = turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * depth
        far = camera / (camera + turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * depth)
        motion = np.empty_like(self._grid)
        far *= stance.nearer
        motion[..., 0] = x_turned * far + self._axis[0] - self._grid[..., 0] + stance.shift_x * self._unit
        motion[..., 1] = y_turned * far + self._axis[1] - self._grid[..., 1] + stance.shift_y * self._unit
        motion *= self._weight
        return motion

    def _inverse(self, motion: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where each grid point of the result comes from, in frame pixels."""
        x0, y0 = self._box[0], self._box[1]
        corner = np.array((x0, y0), np.float32)
        source = self._grid - motion
        for _ in range(ITERATIONS):
            index = (source - corner) * np.float32(1 / GRID_PX)
            moved = _read(motion, index)
            source += DAMPING * (self._grid - moved - source)
        return source


def _read(picture: NDArray[Any], places: NDArray[np.float32]) -> NDArray[Any]:
    """`picture` at `places` float32[rows,columns,2]: x and y."""
    both = np.empty(0, np.float32)  # x and y are in one array
    return np.asarray(cv2.remap(picture, places, both, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """From the axes of what is turned (x right, y down, z away) to the camera's, float64[3,3].

    Yaw to the subject's left moves what is near to the right of the picture; pitch up moves it up.
    """
    yaw, pitch, roll = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))
    cos, sin = math.cos(yaw), math.sin(yaw)
    about_y = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    cos, sin = math.cos(pitch), math.sin(pitch)
    about_x = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
    cos, sin = math.cos(roll), math.sin(roll)
    about_z = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    turned: NDArray[np.float64] = about_z @ about_x @ about_y
    return turned


def _box(points: NDArray[np.float32], width: int, height: int) -> tuple[int, int, int, int]:
    """The part of the picture that can move, on even pixels."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    centre, reach = (low + high) / 2, (high - low).max() / 2 * (RING + 0.15)
    left, top = (max(0, int(value) // GRID_PX * GRID_PX) for value in centre - reach)
    right, bottom = (int(value) // GRID_PX * GRID_PX for value in centre + reach)
    return left, top, min(right, width), min(bottom, height)


def _relief(
    portrait: Portrait, box: tuple[int, int, int, int], axis_z: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Depth before the head's axis and share of the motion, float32[rows,columns] and [rows,columns,1]."""
    x0, y0, x1, y1 = box
    shape = ((y1 - y0) // GRID_PX, (x1 - x0) // GRID_PX)
    points = (portrait.points - (x0, y0, axis_z)) / (GRID_PX, GRID_PX, 1)
    depth, known = _rasterised(points.astype(np.float32), shape)
    hull = np.asarray(cv2.convexHull(points[:, :2].astype(np.float32)), np.float32)[:, 0]
    outwards = _outwards(hull, shape)
    rim = _nearest(depth, known)
    skull = np.clip(1 - outwards, 0, 1)
    relief = np.where(known, depth, rim * skull)
    blur = RELIEF_BLUR * portrait.eye_distance_px / GRID_PX
    relief = cv2.GaussianBlur(relief.astype(np.float32), (0, 0), blur)
    fall = np.clip((outwards - STIFF) / (1 - STIFF), 0, 1)
    weight = cv2.GaussianBlur((1 - fall * fall * (3 - 2 * fall)).astype(np.float32), (0, 0), blur)
    weight[[0, -1]] = 0
    weight[:, [0, -1]] = 0
    return np.asarray(relief, np.float32), np.asarray(weight, np.float32)[..., None]


def _rasterised(points: NDArray[np.float32], shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The mesh's depth on the grid, linear on each Delaunay triangle, and where it is known."""
    rows, columns = shape
    inside = np.all((points[:, :2] >= 0) & (points[:, :2] < (columns, rows)), axis=1)
    mesh = cv2.Subdiv2D((0, 0, columns, rows))
    depth_at: dict[tuple[float, float], float] = {}
    for x, y, z in points[inside].tolist():
        mesh.insert((x, y))
        depth_at[(x, y)] = z
    depth = np.zeros(shape, np.float32)
    known = np.zeros(shape, np.uint8)
    for x_a, y_a, x_b, y_b, x_c, y_c in np.asarray(mesh.getTriangleList()).tolist():
        corners = [(x_a, y_a), (x_b, y_b), (x_c, y_c)]
        if not all(corner in depth_at for corner in corners):
            continue  # a triangle to the frame around the mesh
        _fill(depth, known, np.array(corners, np.float64), np.array([depth_at[corner] for corner in corners]))
    return depth, known.astype(bool)


def _fill(
    depth: NDArray[np.float32], known: NDArray[np.uint8], corners: NDArray[np.float64], values: NDArray[np.float64]
) -> None:
    """One triangle's plane into the grid."""
    low = np.floor(corners.min(axis=0)).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, depth.shape[::-1])
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    edges = (corners[1:] - corners[0]).T
    if abs(np.linalg.det(edges)) < 1e-6:
        return
    shares = np.linalg.inv(edges) @ np.stack([x.ravel() - corners[0, 0], y.ravel() - corners[0, 1]])
    inside = (shares.min(axis=0) >= -1e-6) & (shares.sum(axis=0) <= 1 + 1e-6)
    plane = values[0] + (values[1:] - values[0]) @ shares
    depth[y.ravel()[inside], x.ravel()[inside]] = plane[inside]
    known[y.ravel()[inside], x.ravel()[inside]] = 1


def _outwards(hull: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """How far each grid point is outside the face: 0 at its rim and inside, 1 at the ring, along the ray from its
    centre."""
    centre = hull.mean(axis=0)
    angles = np.arctan2(hull[:, 1] - centre[1], hull[:, 0] - centre[0])
    radii = np.hypot(hull[:, 1] - centre[1], hull[:, 0] - centre[0])
    order = np.argsort(angles)
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle = np.arctan2(y - centre[1], x - centre[0])
    rim = np.interp(angle.ravel(), angles[order], radii[order], period=2 * np.pi).reshape(shape)
    share: NDArray[np.float32] = np.clip((np.hypot(y - centre[1], x - centre[0]) / rim - 1) / (RING - 1), 0, 1).astype(
        np.float32
    )
    return share


def _nearest(depth: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Depth of the nearest known grid point, everywhere."""
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    values = np.zeros(int(labels.max()) + 1, np.float32)
    values[labels[known]] = depth[known]
    return np.asarray(values[labels], np.float32)
