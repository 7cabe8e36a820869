"""A photo with holes for eyes and mouth, and somebody's face behind it who blinks and speaks through them. Pure.

The strongest attack with paper: whatever is asked for of eyes and mouth is really done, by living eyes and a living
mouth; a turn of the head is a turn of the sheet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.attacks.performer import Performer
from firmware_bridge.camera.attacks.photo import WALL, Handling, Pose, Sheet
from firmware_bridge.camera.portrait import LEFT_EYE, RIGHT_EYE, place
from firmware_bridge.camera.puppet import SensorNoise
from firmware_bridge.camera.sources import Picture
from firmware_bridge.camera.timeline import COURSES, Timeline

EYES: Final = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
MOUTH: Final = (61, 37, 0, 267, 291, 314, 17, 84)
MOUTH_MIDDLE: Final = (61, 291)
EYE_HOLE: Final = 1.5
MOUTH_HOLE: Final = 1.3
"""So many times as large as the pictured eye and mouth: scissors need room, and so does an open mouth."""
MOVES: Final = {
    "turn_left": Pose(yaw_deg=60.0),
    "turn_right": Pose(yaw_deg=-60.0),
    "look_up": Pose(pitch_deg=45.0),
    "look_down": Pose(pitch_deg=-45.0),
    "come_nearer": Pose(nearer=2.5),
}
"""What the sheet does for what a head does: turned further than a head, or it would not look as turned."""


class CutOut:
    """`picture` with the mesh `points` of its face as a sheet with holes, `behind` it whose mesh in its own portrait
    is `behind_points`, of `behind_picture`. Width and height are the camera's."""

    def __init__(
        self,
        picture: Picture,
        points: NDArray[np.floating[Any]],
        behind: Performer,
        behind_picture: Picture,
        behind_points: NDArray[np.floating[Any]],
        handling: Handling,
        *,
        seed: int = 0,
        width: int = 640,
        height: int = 480,
    ) -> None:
        self._sheet = Sheet(picture, points, width, height)
        self._holes = _holes(self._sheet)
        self._behind, self._handling = behind, handling
        seen = place(behind_picture, behind_points, width, height).points
        self._onto = cv2.getAffineTransform(_three(seen), self._sheet.at_rest(_three(self._sheet.points)))
        self._timeline = Timeline()
        self._noise = SensorNoise(width, height, seed)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Eyes and mouth are those behind the sheet; how the head is held is the sheet's; anything else is not done."""
        if action in MOVES:
            return self._timeline.perform(action, at_ms, slowness=slowness, held=held)
        return self._behind.perform(action, at_ms, slowness=slowness, held=held) if action in COURSES else at_ms

    def release(self, at_ms: int) -> None:
        """Come back, sheet and face."""
        self._timeline.release(at_ms)
        self._behind.release(at_ms)

    def frame(self, t_ms: int) -> Picture | None:
        """The picture at `t_ms`, the caller's own."""
        behind = self._behind.frame(t_ms)
        if behind is None:
            return None
        pose = self._pose(t_ms)
        size = (behind.shape[1], behind.shape[0])
        through = cv2.warpAffine(behind, self._onto, size, borderMode=cv2.BORDER_REPLICATE)
        places = self._sheet.places(pose)
        paper = self._sheet.read(places, self._sheet.picture, WALL)
        cut = self._sheet.read(places, self._holes, (0, 0, 0))[..., :1].astype(np.uint16)
        picture = ((paper * (255 - cut) + through * cut + 127) // 255).astype(np.uint8)
        return self._noise.onto(picture, t_ms)

    def _pose(self, t_ms: int) -> Pose:
        levels, pose = self._timeline.levels(t_ms), self._handling(t_ms)
        for action, move in MOVES.items():
            pose = replace(
                pose,
                yaw_deg=pose.yaw_deg + levels[action] * move.yaw_deg,
                pitch_deg=pose.pitch_deg + levels[action] * move.pitch_deg,
                nearer=pose.nearer + levels[action] * move.nearer,
            )
        return pose


def _holes(sheet: Sheet) -> Picture:
    """White where the sheet is cut away, black elsewhere; its edges a pixel soft, as paper's are in a lens."""
    mask = np.zeros_like(sheet.picture)
    for numbers, scale in (*((eye, EYE_HOLE) for eye in EYES), (MOUTH, MOUTH_HOLE)):
        outline = sheet.points[list(numbers), :2]
        middle = outline.mean(axis=0)
        cv2.fillPoly(mask, [np.rint(middle + scale * (outline - middle)).astype(np.int32)], (255, 255, 255))
    return np.asarray(cv2.GaussianBlur(mask, (3, 3), 0), np.uint8)


def _three(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The middles of both eyes and of the mouth, float32[3,2]."""
    groups = (RIGHT_EYE, LEFT_EYE, MOUTH_MIDDLE)
    return np.array([points[list(group), :2].mean(axis=0) for group in groups], np.float32)
