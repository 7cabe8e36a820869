"""What one camera frame says about the face in it. Values only; nothing impure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Hint(StrEnum):
    """What is wrong with the placement first, in the order it should be put right; never a failed attempt."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_FAR = "too_far"
    TOO_NEAR = "too_near"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    CUT_OFF = "cut_off"
    LOOK_AT_THE_CAMERA = "look_at_the_camera"
    HOLD_STILL = "hold_still"
    EYES_COVERED = "eyes_covered"
    MOUTH_COVERED = "mouth_covered"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Pose:
    """How the head is turned, in degrees, on the unmirrored frame.

    `yaw_deg` is positive towards the subject's own left, `pitch_deg` positive looking up, `roll_deg` positive
    when the head leans towards the subject's own left shoulder.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What decides whether a frame is good enough to compare.

    `eye_distance_px` between the eyes' centres, in frame pixels and in depth (a turned head does not shrink);
    `sharpness` the share of the face's contrast that is fine detail; `brightness` mean luma of the face, 0..255;
    `inside` whether the whole face is in the frame; `eye_detail` and `mouth_detail` how much is seen of them
    (`occlusion.details`).
    """

    eye_distance_px: float
    sharpness: float
    brightness: float
    inside: bool
    eye_detail: float = 1.0
    mouth_detail: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face, measured.

    `points` float32[468,3]: the mesh in frame pixels, z in the same unit, smaller is nearer. `track` changes when
    the face was lost and found again. Openness of eyes and mouth is height over width: an open eye is about 0.35,
    a closed one 0.05; a smile 0.2 to 0.4, an open mouth 0.5 and more. Left and right are the subject's own.
    """

    points: NDArray[np.float32]
    track: int
    pose: Pose
    left_eye_open: float
    right_eye_open: float
    mouth_open: float
    quality: Quality


@dataclass(frozen=True, slots=True, eq=False)
class FaceObservation:
    """What a frame shows: how many faces, the nearest of them, and what to tell the person first.

    `digest` is equal for equal pictures: a live sensor's noise never repeats, so a repeated digest is a frozen or
    replayed frame.
    """

    faces: int
    face: Face | None
    hint: Hint
    digest: int
