"""What an answer's evidence must show: the right modalities, and for a face a living one that did as asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server_mqtt.contract.messages import LivenessEvidence, Modality, Probe
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.finding import Asked

MIN_FRAMES_PER_S: Final = 3
"""Different frames in each second of a capture, on average. Slow boards manage 12; where fewer than this were looked
at, nobody saw a blink (0.1 to 0.3 s), whatever the evidence says."""

MIN_ACTION_MS: Final = 30
"""Two frames at the fastest camera's rate apart: no action is seen in one frame."""

_MS_PER_S: Final = 1_000


def check_modalities(asked: Asked, probes: Sequence[Probe]) -> Reason | None:
    """Why these are not the modalities that were asked for, or None: one probe each, all of them if all are needed."""
    shown = [probe.modality for probe in probes]
    if not shown:
        return Reason.NOT_CAPTURED
    if len(set(shown)) != len(shown) or not set(shown) <= set(asked.modalities):
        return Reason.MODALITY_NOT_ACCEPTED
    if asked.all_modalities and set(shown) != set(asked.modalities):
        return Reason.MODALITY_NOT_ACCEPTED
    return None


def check_liveness(asked: Asked, probes: Sequence[Probe]) -> Reason | None:
    """Why a face among `probes` does not count as alive, or None. A finger's evidence is its reader's."""
    faces = [probe for probe in probes if probe.modality is Modality.FACE]
    if all(_performed(asked, probe.liveness) for probe in faces):
        return None
    return Reason.LIVENESS_FAILED


def _performed(asked: Asked, evidence: LivenessEvidence | None) -> bool:
    """Whether every action was done, in order, one after the other, within the time, and was looked at closely."""
    if evidence is None or evidence.elapsed_ms > asked.preset_time_ms:
        return False
    if tuple(step.action for step in evidence.steps) != asked.challenge:
        return False
    if evidence.frames * _MS_PER_S < MIN_FRAMES_PER_S * evidence.elapsed_ms:
        return False
    free_from_ms = 0
    for step in evidence.steps:
        if step.start_ms < free_from_ms or step.end_ms - step.start_ms < MIN_ACTION_MS:
            return False
        free_from_ms = step.end_ms
    return free_from_ms <= evidence.elapsed_ms
