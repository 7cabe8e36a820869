"""A picture on paper or glass, held before the camera: still, by hand, turned to any angle, bent. Pure.

Every camera pixel's ray is cut with the sheet, a plane or the barrel it is bent to, so perspective is exact. Lengths
are in distances of the eyes on the sheet (63 mm in life), angles as of a head: yaw to the own left, pitch upwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.head_warp import rotation
from firmware_bridge.camera.portrait import EYE_DISTANCE_PX, FACE_LEVEL, LEFT_EYE, RIGHT_EYE
from firmware_bridge.camera.puppet import SensorNoise
from firmware_bridge.camera.sources import Picture

EYE_DISTANCES_TO_CAMERA: Final = 8.0
GRID_PX: Final = 2
"""Rays are cut at every second pixel each way and interpolated."""
WALL: Final = (118, 112, 104)
"""Behind the sheet: a plain wall in room light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a sheet is held. `bend`: one over the radius of the barrel, 0 for flat; positive: its middle is nearest."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    x: float = 0.0
    y: float = 0.0
    nearer: float = 0.0
    bend: float = 0.0


Handling = Callable[[int], Pose]
"""The pose at a time in ms."""


def still(t_ms: int) -> Pose:
    """On a stand."""
    return Pose()


def hand_held(phase: float = 0.0) -> Handling:
    """3 mm and 1 to 2 degrees of unrest."""

    def pose(t_ms: int) -> Pose:
        now = t_ms / 1000
        return Pose(
            yaw_deg=2.0 * math.sin(1.9 * now + phase),
            pitch_deg=1.5 * math.sin(1.3 * now + 2 * phase),
            roll_deg=1.2 * math.sin(2.3 * now + phase),
            x=0.05 * math.sin(2.7 * now + phase),
            y=0.05 * math.sin(2.1 * now),
            nearer=0.05 * math.sin(0.9 * now + phase),
        )

    return pose


def turned_to_and_fro(angle_deg: float, period_ms: int = 4000, phase: float = 0.0) -> Handling:
    """By hand, and turned about its upright axis to `angle_deg` either way."""
    held = hand_held(phase)

    def pose(t_ms: int) -> Pose:
        unrest = held(t_ms)
        yaw = angle_deg * math.sin(2 * math.pi * t_ms / period_ms)
        return Pose(yaw_deg=yaw + unrest.yaw_deg, pitch_deg=unrest.pitch_deg, roll_deg=unrest.roll_deg, x=unrest.x)

    return pose


def bent(most: float = 0.45, period_ms: int = 3000, phase: float = 0.0) -> Handling:
    """By hand, and bent to a barrel and back again, turned a little meanwhile."""
    held = hand_held(phase)

    def pose(t_ms: int) -> Pose:
        unrest = held(t_ms)
        wave = math.sin(2 * math.pi * t_ms / period_ms)
        return Pose(yaw_deg=18 * wave + unrest.yaw_deg, roll_deg=unrest.roll_deg, x=unrest.x, bend=most * abs(wave))

    return pose


class Sheet:
    """A picture on a sheet before a camera of `width` x `height`.

    `points` float[468,3]: the mesh of the face in `picture`; the face's middle is the middle of the sheet. The
    attribute `points` is that mesh in the picture as it is kept.
    """

    def __init__(
        self, picture: Picture, points: NDArray[np.floating[Any]], width: int = 640, height: int = 480
    ) -> None:
        eyes = [points[list(eye), :2].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE)]
        self._per_unit = float(np.linalg.norm(eyes[1] - eyes[0]))
        self._middle = (points[:, :2].min(axis=0) + points[:, :2].max(axis=0)) / 2
        # Shrunk to what the camera resolves: an interpolated read of a larger one would alias.
        shrink = min(1.0, EYE_DISTANCE_PX * height / 480 / self._per_unit)
        self._picture = picture
        if shrink < 1:
            small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
            self._picture = np.asarray(small, np.uint8)
        self._per_unit *= shrink
        self._middle = self._middle * shrink
        self.points = np.asarray(points * shrink, np.float32)
        self._size = (width, height)
        columns, rows = width // GRID_PX + 1, height // GRID_PX + 1
        focal = EYE_DISTANCE_PX * height / 480 * EYE_DISTANCES_TO_CAMERA
        x = (np.arange(columns) * GRID_PX - width / 2) / focal
        y = (np.arange(rows) * GRID_PX - height * FACE_LEVEL) / focal
        across, down = np.meshgrid(x, y)
        self._rays = np.stack([across, down, np.ones_like(across)], axis=-1)

    def seen(self, pose: Pose) -> Picture:
        """What the camera sees of the sheet in `pose`."""
        return self.read(self.places(pose), self._picture, WALL)

    def read(self, places: NDArray[np.float32], picture: Picture, outside: tuple[int, int, int]) -> Picture:
        """`picture`, of the size of the sheet's own, at `places`; `outside` the sheet that colour."""
        nothing = np.empty(0, np.float32)  # x and y are in one array
        border = cv2.BORDER_CONSTANT
        seen = cv2.remap(picture, places, nothing, cv2.INTER_LINEAR, borderMode=border, borderValue=outside)
        return np.asarray(seen, np.uint8)

    def places(self, pose: Pose) -> NDArray[np.float32]:
        """Where on the sheet in `pose` each camera pixel looks, in its picture's pixels, float32[height,width,2]."""
        width, height = self._size
        coarse = _aligned(self._cut(pose))
        whole = (coarse.shape[1] * GRID_PX, coarse.shape[0] * GRID_PX)
        fine = cv2.resize(coarse, whole, interpolation=cv2.INTER_LINEAR)[:height, :width]
        return np.ascontiguousarray(fine, np.float32)

    @property
    def picture(self) -> Picture:
        """What is on the sheet, as large as it is kept."""
        return self._picture

    def at_rest(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where `places` float32[n,2] of the picture are seen while the sheet is held straight."""
        width, height = self._size
        scale = EYE_DISTANCE_PX * height / 480 / self._per_unit
        return np.asarray((places - self._middle) * scale + (width / 2, height * FACE_LEVEL), np.float32)

    def _cut(self, pose: Pose) -> NDArray[np.float32]:
        """Where the rays meet the sheet, in the picture's pixels, float32[rows,columns,2]; far outside: nowhere."""
        turn = rotation(pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
        away = np.array([pose.x, pose.y, EYE_DISTANCES_TO_CAMERA - pose.nearer])
        origin = -(turn.T @ away)
        rays = self._rays @ turn  # each ray in the sheet's own axes
        if abs(pose.bend) < 1e-3:
            reach = -origin[2] / np.where(np.abs(rays[..., 2]) < 1e-6, np.nan, rays[..., 2])
            u, v = (origin[axis] + reach * rays[..., axis] for axis in (0, 1))
        else:
            u, v = _on_barrel(origin, rays, 1 / pose.bend)
        places = np.stack([u, v], axis=-1) * self._per_unit + self._middle
        return np.asarray(np.nan_to_num(places, nan=-1e4, posinf=-1e4, neginf=-1e4), np.float32)


class HeldSheet:
    """A `FrameSource`: `sheet` handled as `handling` says, with the sensor's noise. Does nothing it is told to."""

    def __init__(self, sheet: Sheet, handling: Handling, *, seed: int = 0, width: int = 640, height: int = 480) -> None:
        self._sheet, self._handling = sheet, handling
        self._noise = SensorNoise(width, height, seed)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """A photo does not do as it is told: nothing happens, at once."""
        return at_ms

    def release(self, at_ms: int) -> None:
        """It holds nothing."""

    def frame(self, t_ms: int) -> Picture:
        """The picture at `t_ms`, the caller's own."""
        return self._noise.onto(self._sheet.seen(self._handling(t_ms)), t_ms)


def _on_barrel(
    origin: NDArray[np.float64], rays: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where rays meet the upright barrel of `radius` whose nearest line is the sheet's middle: along it, and down."""
    ox, oz = origin[0], origin[2] - radius
    dx, dz = rays[..., 0], rays[..., 2]
    a, b, c = dx * dx + dz * dz, ox * dx + oz * dz, ox * ox + oz * oz - radius * radius
    inside = b * b - a * c
    with np.errstate(invalid="ignore"):
        reach = (-b - np.sqrt(inside)) / a
        x, z = ox + reach * dx, oz + reach * dz
        return radius * np.arctan2(x, -z), origin[1] + reach * rays[..., 1]


def _aligned(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shifted so that OpenCV's enlargement, which centres pixels, puts each grid point on its own pixel."""
    shift = (GRID_PX - 1) / (2 * GRID_PX)
    matrix = np.array([[1, 0, shift], [0, 1, shift]], np.float32)
    size = (places.shape[1], places.shape[0])
    return np.asarray(cv2.warpAffine(places, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
