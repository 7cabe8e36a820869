"""Parallax: a head that turns moves its nose against its cheeks; a picture that turns moves as one plane. Pure.

Corners of the picture are followed from an earlier frame to now (Lucas and Kanade), started where the mesh says, and
fitted by one homography, which any plane in front of any camera obeys exactly (Hartley and Zisserman 2004, chapter
13). The mesh alone would not do: it sees depth in every photo.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face.mesh import pose_of
from models.liveness.cues.glance import LEFT_EYE, RIGHT_EYE, Glance, Points, View, finite

TURN_MIN_DEG: Final = 6.0
"""By so much the head must seem turned since the earlier frame, or there is no parallax to see."""
TURN_MAX_DEG: Final = 25.0
"""Beyond, too little of the earlier view is left."""
CHIP_PX: Final = 192
CHIP_EYES: Final = np.array(((64.0, 78.0), (128.0, 78.0)))
"""Where the eyes' centres are put: size, place and roll are gone before anything is followed."""
CHIP_EYE_DISTANCE_PX: Final = 64.0
CORNERS_MAX: Final = 80
CORNERS_MIN: Final = 14
"""A homography takes four; with fewer than this over it, chance fits too well."""
CORNER_QUALITY: Final = 0.01
"""Of the best corner's: a face is smooth, and what is followed badly is thrown out later."""
APART_PX: Final = 5
WINDOW_PX: Final = (13, 13)
BACK_MAX_PX: Final = 0.8
"""A corner that does not come back to where it was is not the same corner."""
STRAY_MAX_PX: Final = 6.0
"""Nor one that goes elsewhere than the mesh around it, by more than the mesh errs."""
KEPT_MIN: Final = 0.4
"""Of the corners: where fewer could be followed, these may be chance, and chance looks like depth."""
RIGID: Final = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 435, 367, 164, 138, 215, 132, 93, 234, 127, 162)
"""Around the face and under the nose: no jaw and no lips inside (points of the mesh; the last leads to the first)."""
EYES: Final = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
PERCENT: Final = 100.0

Chip = NDArray[np.uint8]


class Parallax:
    """How badly one plane explains the motion of the face: median distance, in hundredths of the eyes' distance."""

    name = "parallax"

    def run(self, glance: Glance) -> float | None:
        """None while the head has not turned lately, or where too few corners could be followed."""
        now = glance.now
        turned = [view for view in glance.past if TURN_MIN_DEG <= _turned_deg(view, now) <= TURN_MAX_DEG]
        if not turned:
            return None
        before, after = _followed(_Chip(turned[-1]), _Chip(now))
        if before.shape[0] < CORNERS_MIN:
            return None
        plane = cv2.findHomography(before, after, method=0)[0]
        if np.shape(plane) != (3, 3):  # nothing, where the corners are on a line
            return None
        moved = cv2.perspectiveTransform(before[:, None], plane)[:, 0]
        away_px = float(np.median(np.linalg.norm(moved - after, axis=1)))
        return finite(PERCENT * away_px / CHIP_EYE_DISTANCE_PX)


def _turned_deg(earlier: View, now: View) -> float:
    """How far the head seems turned from one to the other, left, right, up and down."""
    then, seen = pose_of(earlier.points), pose_of(now.points)
    return math.hypot(seen.yaw_deg - then.yaw_deg, seen.pitch_deg - then.pitch_deg)


class _Chip:
    """A view's face, grey, upright and always as large: `grey` uint8[192,192], `mesh` float32[468,2] in it."""

    def __init__(self, view: View) -> None:
        right, left = (view.points[list(eye), :2].mean(axis=0).astype(np.float64) for eye in (RIGHT_EYE, LEFT_EYE))
        apart = left - right
        scale = CHIP_EYE_DISTANCE_PX / max(float(apart @ apart), 1.0)
        cos, sin = float(apart[0]) * scale, float(apart[1]) * scale
        turn = np.array(((cos, sin), (-sin, cos)))
        matrix = np.column_stack((turn, CHIP_EYES[0] - turn @ right))
        colours = cv2.warpAffine(view.rgb, matrix, (CHIP_PX, CHIP_PX), flags=cv2.INTER_LINEAR)
        self.grey: Chip = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8)
        self.mesh: Points = (view.points[:, :2] @ turn.T + matrix[:, 2]).astype(np.float32)

    def rigid(self) -> Chip:
        """255 where the face has no moving parts, 0 elsewhere."""
        mask = np.zeros_like(self.grey)
        cv2.fillPoly(mask, [np.rint(self.mesh[list(RIGID)]).astype(np.int32)], (255,))
        cv2.fillPoly(mask, [np.rint(self.mesh[list(eye)]).astype(np.int32) for eye in EYES], (0,))
        return mask


def _followed(earlier: _Chip, now: _Chip) -> tuple[Points, Points]:
    """Corners of the rigid part of the face in both chips, float32[n,2] each."""
    nothing = (np.empty((0, 2), np.float32), np.empty((0, 2), np.float32))
    found_corners: Points | None = cv2.goodFeaturesToTrack(  # type: ignore[assignment]  # None where there are none
        earlier.grey, CORNERS_MAX, CORNER_QUALITY, APART_PX, mask=earlier.rigid()
    )
    if found_corners is None:
        return nothing
    corners = np.asarray(found_corners, np.float32)
    start = corners + _moved_by_mesh(earlier, now, corners[:, 0])[:, None]
    there, found = _flow(earlier.grey, now.grey, corners, start)
    back, again = _flow(now.grey, earlier.grey, there, corners)
    near = (_lengths(back - corners) < BACK_MAX_PX) & (_lengths(there - start) < STRAY_MAX_PX)
    kept: NDArray[np.bool_] = found & again & near
    if kept.mean() < KEPT_MIN:
        return nothing
    return np.asarray(corners[kept, 0], np.float32), np.asarray(there[kept, 0], np.float32)


def _flow(source: Chip, target: Chip, corners: Points, start: Points) -> tuple[Points, NDArray[np.bool_]]:
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        source, target, corners, start.copy(), winSize=WINDOW_PX, maxLevel=1, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    return np.asarray(there, np.float32), np.asarray(found, np.bool_).ravel()


def _lengths(steps: Points) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(steps[:, 0], axis=1), np.float32)


def _moved_by_mesh(earlier: _Chip, now: _Chip, corners: Points) -> Points:
    """How the nearest point of the mesh moved: where to begin looking, float32[n,2]."""
    nearest = np.argmin(((corners[:, None] - earlier.mesh[None]) ** 2).sum(axis=2), axis=1)
    return np.asarray(now.mesh[nearest] - earlier.mesh[nearest], np.float32)
