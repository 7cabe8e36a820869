"""What looking at an answer came to, and what an examiner must be told to look. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from server_mqtt.contract.messages import Action, Modality
from server_mqtt.contract.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an instruction asked for: the measure of every answer to it."""

    modalities: tuple[Modality, ...]
    all_modalities: bool
    challenge: tuple[Action, ...] = field(repr=False)
    preset_time_ms: int
    """What was left of the preset time when it was issued: no capture takes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Verified, or why not. No score: nothing beyond this leaves the comparison."""

    verified: bool
    reason: Reason | None = None
    """None exactly if verified."""
    modality: Modality | None = None
    """By what, if it was one alone."""
    shown: tuple[Modality, ...] = ()
    """What the answer's probes were of; empty if it had none that opened."""
