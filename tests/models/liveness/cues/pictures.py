"""Faces without a person: a mesh of the canonical face's proportions, and pictures to lay under it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face.mesh import POINTS
from models.liveness.cues.glance import Glance, View

WIDTH, HEIGHT = 320, 240
Picture = NDArray[np.uint8]
Points = NDArray[np.float32]

PLACES = {
    33: (-48, -20), 133: (-22, -20), 160: (-40, -26), 158: (-30, -26), 153: (-30, -15), 144: (-40, -15),
    362: (22, -20), 263: (48, -20), 385: (30, -26), 387: (40, -26), 373: (40, -15), 380: (30, -15),
    10: (0, -80), 338: (20, -78), 297: (38, -72), 332: (52, -62), 284: (62, -48), 251: (66, -34), 389: (68, -20),
    356: (68, -6), 454: (68, 8), 323: (66, 20), 361: (60, 34), 435: (52, 44), 367: (40, 48), 164: (0, 26),
    138: (-40, 48), 215: (-52, 44), 132: (-60, 34), 93: (-66, 20), 234: (-68, 8), 127: (-68, -6), 162: (-66, -34),
    4: (0, 8), 101: (-34, 12), 330: (34, 12), 151: (0, -52), 152: (0, 92),
}  # fmt: skip
"""Points of the mesh that cues use, in pixels from the face's middle; the eyes' centres are 70 apart."""


def depth(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far a place on a face lies behind the tip of the nose, in pixels: a barrel with a nose on it."""
    nose = 22 * np.exp(-((x / 11) ** 2 + ((y - 2) / 20) ** 2))
    return np.asarray(0.007 * x**2 + 0.002 * y**2 + 22 - nose, np.float32)


def mesh(x: float = WIDTH / 2, y: float = HEIGHT / 2, yaw_deg: float = 0.0) -> Points:
    """The face's points at (x, y), turned to its own left."""
    points = np.zeros((POINTS, 3), np.float32)
    for number in range(POINTS):
        points[number, :2] = PLACES.get(number, (0, 0))
    points[:, 2] = depth(points[:, 0], points[:, 1])
    turned = np.array(points)
    angle = np.radians(yaw_deg)
    turned[:, 0] = np.cos(angle) * points[:, 0] - np.sin(angle) * (points[:, 2] - 40)
    turned[:, 2] = np.sin(angle) * points[:, 0] + np.cos(angle) * (points[:, 2] - 40)
    turned[:, :2] += (x, y)
    return turned


def skin(seed: int = 0, contrast: float = 1.0) -> Picture:
    """An uneven surface of a face's colours, uint8[240,320,3]."""
    chance = np.random.default_rng(seed)
    coarse = chance.normal(0, 40 * contrast, (HEIGHT // 4, WIDTH // 4)).astype(np.float32)
    shape = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), 1.0), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    colours = np.array((168, 128, 108), np.float32) * (1 + shape[..., None] / 255)
    return np.clip(colours, 0, 255).astype(np.uint8)


def noisy(picture: Picture, seed: int, sigma: float = 2.0) -> Picture:
    """The picture with fresh noise on it."""
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def glance(now: Picture, before: Picture | None = None, *, points: Points | None = None) -> Glance:
    """Two frames of the face in the middle, 50 ms apart; `before`: the same picture if not given."""
    where = mesh() if points is None else points
    return Glance(View(now, where, 1050), View(now if before is None else before, where, 1000), ())
