"""What an answer's evidence must show: the right modalities, a living finger, a living face that did as asked. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from server_mqtt.contract.limits import HOLD_STEP_MS
from server_mqtt.contract.messages import LivenessEvidence, Modality, Probe, StepEvidence
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.finding import Asked
from server_mqtt.verification.passive import looks_alive, touches_alive

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
    """Why one of `probes` does not count as alive, or None."""
    return None if all(_alive(asked, probe) for probe in probes) else Reason.LIVENESS_FAILED


def _alive(asked: Asked, probe: Probe) -> bool:
    if probe.modality is Modality.FACE:
        return _performed(asked, probe.liveness)
    return touches_alive(asked, probe.liveness)


def _performed(asked: Asked, evidence: LivenessEvidence | None) -> bool:
    """Whether every action was done as asked, in order, by one face, within the time, and was looked at closely."""
    if evidence is None or evidence.elapsed_ms > asked.preset_time_ms:
        return False
    if not 0 <= evidence.spread <= asked.largest_spread:  # what is no number is not, either
        return False
    if tuple(step.action for step in evidence.steps) != asked.challenge:
        return False
    if evidence.frames * _MS_PER_S < MIN_FRAMES_PER_S * evidence.elapsed_ms:
        return False
    free_from_ms = 0
    for step, hold_ms in zip(evidence.steps, asked.holds_ms or (0,) * len(evidence.steps), strict=True):
        if step.start_ms < free_from_ms or not _as_asked(step, hold_ms, asked.least_score):
            return False
        free_from_ms = step.end_ms
    return free_from_ms <= evidence.elapsed_ms and looks_alive(asked, evidence)


def _as_asked(step: StepEvidence, hold_ms: int, least_score: float) -> bool:
    """Whether an action went far enough, was kept for as long as asked, and no longer than one comes back from it."""
    took_ms = step.end_ms - step.start_ms
    if took_ms < MIN_ACTION_MS or step.held_ms > took_ms or not hold_ms <= step.held_ms < hold_ms + HOLD_STEP_MS:
        return False
    return math.isfinite(step.score) and step.score >= least_score
