"""Whether a face is placed well enough, and what to tell the person first. OpenCV filters."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ImageError
from models.face.mesh import INPUT_SIDE_PX, eye_distance_px, require_mesh
from models.face.observation import Face, Hint, Pose, Quality
from models.face.occlusion import EYE_DETAIL_MIN, MOUTH_DETAIL_MIN, details
from models.face.region import Region, require_rgb

EYE_DISTANCE_MIN_PX = 40.0
"""Nearer faces only: below, errors of the comparison rise (measured on ORL and LFW)."""
EYE_DISTANCE_MAX_SHARE = 0.35
"""Of the frame's shorter side: above, the face does not fit, and the detector was not made for it."""
ANGLE_MAX_DEG = 15.0
"""Yaw and pitch of a frame that is compared."""
ROLL_MAX_DEG = 25.0
"""The alignment turns the face upright; a head lying on its side is no pose for a portrait."""
BRIGHTNESS_MIN = 30.0
BRIGHTNESS_MAX = 225.0
"""Mean luma of the face, 0..255: outside, shadows or highlights hide features. People filmed in dim rooms have 42."""
SHARPNESS_MIN = 0.005
"""See `sharpness`: below are 1 % of portraits, a blur of 4 % and a smear of 20 % of the eyes' distance."""
EYE_DISTANCE_GOOD_PX = 90.0
"""From here on a nearer face tells the networks nothing more: the chip has 60 pixels between the eyes."""
SHARPNESS_GOOD = 0.02
"""Half of portraits are sharper."""

CUT_SIDE_PX = INPUT_SIDE_PX
"""Of the mesh's upright cut, which is 1.5 times the face's box."""
_CENTRE = (slice(40, 152), slice(48, 144))
"""Where the face itself is in it."""


class QualityMeter:
    """What can be measured of a face in a frame. Owns its buffers."""

    def __init__(self) -> None:
        self._grey = np.empty((CUT_SIDE_PX, CUT_SIDE_PX), np.uint8)
        self._slopes = np.empty((CUT_SIDE_PX, CUT_SIDE_PX), np.int16)

    def run(
        self, points: NDArray[np.float32], region: Region, upright: NDArray[np.uint8], width: int, height: int
    ) -> Quality:
        """The quality of the face `points` float32[468,3] found in `region` of a frame `width` x `height`; `upright`
        uint8[192,192,3] is its cut. Raises ImageError for other types and shapes.
        """
        require_mesh(points)
        require_rgb(upright)
        if upright.shape[:2] != self._grey.shape:
            raise ImageError(f"expected a face cut to {CUT_SIDE_PX}x{CUT_SIDE_PX} pixels, got {list(upright.shape)}")
        cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY, dst=self._grey)
        centre = self._grey[_CENTRE]
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        inside = low[0] >= 0 and low[1] >= 0 and high[0] < width and high[1] < height
        luma = float(cv2.mean(centre)[0])
        eye_detail, mouth_detail = details(points, region, self._grey, luma, self._slopes)
        return Quality(
            eye_distance_px=eye_distance_px(points),
            sharpness=sharpness(centre, self._slopes[: centre.shape[0], : centre.shape[1]]),
            brightness=luma,
            inside=bool(inside),
            eye_detail=eye_detail,
            mouth_detail=mouth_detail,
        )


def sharpness(grey: NDArray[np.uint8], slopes: NDArray[np.int16]) -> float:
    """How much of the contrast is fine detail: variance of the second difference over variance of the picture.

    The lesser of across and down, because a shaken face loses detail in one direction only. Independent of light and
    exposure. `slopes` is room to work in, of the shape of `grey`.
    """
    across = _variance(cv2.Sobel(grey, cv2.CV_16S, 2, 0, dst=slopes, ksize=1))
    down = _variance(cv2.Sobel(grey, cv2.CV_16S, 0, 2, dst=slopes, ksize=1))
    return min(across, down) / max(_variance(grey), 1.0)


def _variance(values: NDArray[Any]) -> float:
    return float(cv2.meanStdDev(values)[1][0, 0]) ** 2


def merit(face: Face) -> float:
    """How much a frame promises to be like the other frames of its person, 0 to 1: which of several good ones to keep.

    Straight, near, sharp and well lit, multiplied: what one lacks the others do not make up for.
    """
    pose, quality = face.pose, face.quality
    straight = max(0.0, 1 - abs(pose.yaw_deg) / ANGLE_MAX_DEG) * max(0.0, 1 - abs(pose.pitch_deg) / (2 * ANGLE_MAX_DEG))
    near = min(1.0, quality.eye_distance_px / EYE_DISTANCE_GOOD_PX)
    sharp = min(1.0, quality.sharpness / SHARPNESS_GOOD)
    middle = (BRIGHTNESS_MIN + BRIGHTNESS_MAX) / 2
    lit = max(0.0, 1 - abs(quality.brightness - middle) / middle)
    return straight * near * sharp * (0.5 + 0.5 * lit)


def hint_for(faces: int, face: Face | None, shorter_side_px: int, *, frontal: bool = True) -> Hint:
    """The first thing wrong with the placement; with `frontal=False` the pose is not looked at."""
    if face is None:
        return Hint.NO_FACE
    if faces > 1:
        return Hint.SEVERAL_FACES
    wrong = _placement(face.quality, shorter_side_px) or _picture(face, frontal=frontal)
    return wrong or (_covered(face.quality) if frontal else None) or Hint.OK


def is_frontal(pose: Pose) -> bool:
    """Whether the face looks at the camera well enough to be compared."""
    return (
        abs(pose.yaw_deg) < ANGLE_MAX_DEG and abs(pose.pitch_deg) < ANGLE_MAX_DEG and abs(pose.roll_deg) < ROLL_MAX_DEG
    )


def _placement(quality: Quality, shorter_side_px: int) -> Hint | None:
    if quality.eye_distance_px < EYE_DISTANCE_MIN_PX:
        return Hint.TOO_FAR
    if quality.eye_distance_px > EYE_DISTANCE_MAX_SHARE * shorter_side_px:
        return Hint.TOO_NEAR
    return None


def _picture(face: Face, *, frontal: bool) -> Hint | None:
    if face.quality.brightness < BRIGHTNESS_MIN:
        return Hint.TOO_DARK
    if face.quality.brightness > BRIGHTNESS_MAX:
        return Hint.TOO_BRIGHT
    if not face.quality.inside:
        return Hint.CUT_OFF
    if frontal and not is_frontal(face.pose):
        return Hint.LOOK_AT_THE_CAMERA
    if face.quality.sharpness < SHARPNESS_MIN:
        return Hint.HOLD_STILL
    return None


def _covered(quality: Quality) -> Hint | None:
    if quality.eye_detail < EYE_DETAIL_MIN:
        return Hint.EYES_COVERED
    if quality.mouth_detail < MOUTH_DETAIL_MIN:
        return Hint.MOUTH_COVERED
    return None
