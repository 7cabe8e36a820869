"""From scores to a match: what a score means is the calibration's, how sure one must be is the policy's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from models.comparison.calibration import Calibration
from models.comparison.fusion import Fusion
from server_mqtt.contract.messages import Modality
from server_mqtt.verification.finding import MatchRates

_FUSIONS_KEPT: Final = 64
"""One per pair of calibrations and policy; there are a dozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One probe compared with what is enrolled, and what that kind of score means."""

    modality: Modality
    score: float = field(repr=False)
    calibration: Calibration


def matches(rates: MatchRates, scored: Sequence[Scored]) -> bool:
    """Whether one score is a match at its rate, or two, of face and finger, at theirs together.

    What is no score is no match. Raises CalibrationError for a rate that the calibrations do not reach.
    """
    if not scored or not all(0.0 <= one.score <= 1.0 for one in scored):
        return False
    if len(scored) == 1:
        (one,) = scored
        return one.score >= one.calibration.score_for(rates.of(one.modality))
    by_modality = {one.modality: one for one in scored}
    face, finger = by_modality[Modality.FACE], by_modality[Modality.FINGERPRINT]
    fusion, threshold = _fusion(face.calibration, finger.calibration, rates)
    return fusion.llr_of(face.score, finger.score) >= threshold


@lru_cache(_FUSIONS_KEPT)
def _fusion(face: Calibration, finger: Calibration, rates: MatchRates) -> tuple[Fusion, float]:
    """Both together, and the sum they must reach."""
    fusion = Fusion(face, finger, rates.each_of_both)
    return fusion, fusion.threshold_for(rates.both)
