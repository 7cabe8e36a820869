"""What passive cues came to, as it travels. Pure."""

from __future__ import annotations

from models.liveness import evidence as seen
from server_mqtt.contract.passive import CueEvidence, PassiveEvidence


def on_the_wire(evidence: seen.PassiveEvidence) -> PassiveEvidence:
    """The same in the contract's words."""
    cues = tuple(CueEvidence(cue=one.cue, value=one.value, glances=one.glances) for one in evidence.cues)
    return PassiveEvidence(cues=cues, score=evidence.score)
