"""Where this release says "the same", for tests of what scores well and what does not."""

from __future__ import annotations

from typing import Final

from models.bundle import RELEASE_SHA256
from models.comparison.calibrations import released
from models.comparison.face import FACE_DISTANCE_LARGEST
from models.comparison.thresholds import (
    FACE_FRAMES_CAPTURED,
    FACE_FRAMES_ENROLLED,
    FINGER_IMPRESSIONS_ENROLLED,
    score_min,
)
from server_mqtt.contract.messages import Modality
from server_mqtt.verification.matching import Scored

FACE_SCORE_MIN: Final = score_min("face", RELEASE_SHA256, FACE_FRAMES_ENROLLED, FACE_FRAMES_CAPTURED)
FACE_DISTANCE_MAX: Final = FACE_DISTANCE_LARGEST * (1.0 - FACE_SCORE_MIN)
FINGER_SCORE_MIN: Final = score_min("fingerprint", RELEASE_SHA256, FINGER_IMPRESSIONS_ENROLLED, 1)


def scored(modality: Modality, *, same: bool) -> Scored:
    """What an examiner says of somebody who is plainly the account's, or plainly is not."""
    face = modality is Modality.FACE
    samples = (FACE_FRAMES_ENROLLED, FACE_FRAMES_CAPTURED) if face else (FINGER_IMPRESSIONS_ENROLLED, 1)
    calibration = released().find(modality.value, RELEASE_SHA256, *samples)
    return Scored(modality=modality, score=1.0 if same else 0.0, calibration=calibration)
