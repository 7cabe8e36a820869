"""What a face's or a finger's passive evidence must show, where the policy asks for any. Pure.

Cues are statistics of pictures, not proofs: a policy that asks for much of them turns living people away. What they
were measured to be worth is in docs/liveness_cues.md and docs/fingerprint.md.
"""

from __future__ import annotations

import math
from typing import Final

from server_mqtt.contract.messages import LivenessEvidence
from server_mqtt.verification.finding import Asked

MODEL: Final = "model"
"""The cue that an operator's own passive network is sent as."""


def looks_alive(asked: Asked, evidence: LivenessEvidence) -> bool:
    """Whether the passive evidence is as good as asked for. None at all is good enough only where nothing is asked."""
    if not asked.passive_least_score and not asked.passive_model_least_score:
        return True
    passive = evidence.passive
    if passive is None or not passive.score >= asked.passive_least_score:
        return False
    said = [one.value for one in passive.cues if one.cue == MODEL]
    return not asked.passive_model_least_score or (bool(said) and _enough(said, asked.passive_model_least_score))


def touches_alive(asked: Asked, evidence: LivenessEvidence | None) -> bool:
    """The same of a finger. Evidence has no steps: nothing was asked of it but to lie there."""
    if not asked.finger_least_score:
        return True
    passive = None if evidence is None else evidence.passive
    return passive is not None and passive.score >= asked.finger_least_score


def _enough(values: list[float], least: float) -> bool:
    return all(math.isfinite(value) and value >= least for value in values)
