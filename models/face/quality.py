"""Whether a face is placed well enough, and what to tell the person first. Pure (OpenCV filters)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face.mesh import eye_distance_px
from models.face.observation import Face, Hint, Pose, Quality
from models.face.occlusion import EYE_DETAIL_MIN, MOUTH_DETAIL_MIN, details
from models.face.region import Region

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

_CENTRE = (slice(40, 152), slice(48, 144))
"""Where the face itself is in the mesh's upright 192-pixel cut, which is 1.5 times its box."""


def measure(
    points: NDArray[np.float32], region: Region, upright: NDArray[np.uint8], width: int, height: int
) -> Quality:
    """The quality of the face `points` found in `region` of a frame `width` x `height`; `upright` is its cut."""
    grey: NDArray[np.uint8] = np.asarray(cv2.cvtColor(upright[_CENTRE], cv2.COLOR_RGB2GRAY), np.uint8)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    inside = low[0] >= 0 and low[1] >= 0 and high[0] < width and high[1] < height
    luma = float(cv2.mean(grey)[0])
    eye_detail, mouth_detail = details(points, region, upright, luma)
    return Quality(
        eye_distance_px=eye_distance_px(points),
        sharpness=sharpness(grey),
        brightness=luma,
        inside=bool(inside),
        eye_detail=eye_detail,
        mouth_detail=mouth_detail,
    )


def sharpness(grey: NDArray[np.uint8]) -> float:
    """How much of the contrast is fine detail: variance of the second difference over variance of the picture.

    The lesser of across and down, because a shaken face loses detail in one direction only. Independent of light and
    exposure.
    """
    across = _variance(cv2.Sobel(grey, cv2.CV_16S, 2, 0, ksize=1))
    down = _variance(cv2.Sobel(grey, cv2.CV_16S, 0, 2, ksize=1))
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
