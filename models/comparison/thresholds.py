"""Of how many samples a person and a finger are made, and where a release says "the same" unless told otherwise."""

from __future__ import annotations

from typing import Final

from models.comparison.calibration import ModalityName
from models.comparison.calibrations import released

FALSE_MATCH_RATE: Final = 1e-4
"""One in 10,000: the most that NIST SP 800-63B-4 (section 3.2.3) allows."""

FACE_FRAMES_ENROLLED: Final = 5
FACE_FRAMES_CAPTURED: Final = 3
FINGER_IMPRESSIONS_ENROLLED: Final = 4
"""What a terminal captures where it is told nothing else."""


def score_min(modality: ModalityName, model_hash: str, enrolled: int, captured: int) -> float:
    """The score at and above which two are the same at `FALSE_MATCH_RATE`; raises CalibrationError."""
    return released().find(modality, model_hash, enrolled, captured).score_for(FALSE_MATCH_RATE)
