"""The ladder that every opened answer climbs, at either end of a payment: first failure wins. Pure.

Used by the shell between counting an attempt and bringing its finding back; what needs a database or arithmetic on
templates is asked of an `Examiner`. What does not even open is Finding(verified=False, reason=TEMPLATE_UNREADABLE).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from models.comparison.thresholds import FACE_DISTANCE_MAX, FINGER_SCORE_MIN
from server_mqtt.contract.messages import Probe
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.evidence import check_liveness, check_modalities
from server_mqtt.verification.finding import Asked, Finding


class UnreadableTemplateError(Exception):
    """A template that must not be compared: damaged, or none at all."""


class Examiner(Protocol):
    """What the examination of one account's answer needs of the shell."""

    def seen_before(self, probe: Probe) -> bool:
        """Whether exactly this template was shown before, by anybody."""
        ...

    def matches(self, probe: Probe) -> bool:
        """Whether it is the account's, by `same_face` or `same_finger`; raises UnreadableTemplateError."""
        ...


def examine(asked: Asked, probes: Sequence[Probe], examiner: Examiner) -> Finding:
    """What an answer with these opened probes comes to."""
    reason = check_modalities(asked, probes) or check_liveness(asked, probes) or _compare(probes, examiner)
    shown = tuple(probe.modality for probe in probes)
    if reason is not None:
        return Finding(verified=False, reason=reason, shown=shown)
    return Finding(verified=True, modality=shown[0] if len(shown) == 1 else None, shown=shown)


def same_face(distance: float) -> bool:
    """Whether templates at this distance are one person's. What is no number is no match."""
    return math.isfinite(distance) and 0 <= distance <= FACE_DISTANCE_MAX


def same_finger(score: float) -> bool:
    """Whether records of this score are one finger's. What is no number is no match."""
    return math.isfinite(score) and score >= FINGER_SCORE_MIN


def _compare(probes: Sequence[Probe], examiner: Examiner) -> Reason | None:
    if any(examiner.seen_before(probe) for probe in probes):
        return Reason.TEMPLATE_REPLAYED
    try:
        # All of them, whichever fails: how long it takes tells nobody which one it was.
        matched = [examiner.matches(probe) for probe in probes]
    except UnreadableTemplateError:
        return Reason.TEMPLATE_UNREADABLE
    return None if all(matched) else Reason.NOT_RECOGNISED
