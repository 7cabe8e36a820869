"""What looking at an answer came to, and what an examiner must be told to look. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from server_mqtt.contract.messages import Action, Modality
from server_mqtt.contract.reasons import Reason

ANY_SPREAD: Final = 2.0
"""Two templates of faces are never further apart: it asks for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRates:
    """How often a stranger may match: false match rates, from 0 to 1."""

    face: float = 1e-4
    """By face alone."""
    fingerprint: float = 1e-4
    """By fingerprint alone."""
    both: float = 1e-8
    """By both together: the sum of their log-likelihood ratios."""
    each_of_both: float = 1e-2
    """And by either of the two, by itself, where both are needed: neither carries the other."""

    def of(self, modality: Modality) -> float:
        """Of one modality alone."""
        return self.face if modality is Modality.FACE else self.fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an instruction asked for: the measure of every answer to it."""

    modalities: tuple[Modality, ...]
    all_modalities: bool
    challenge: tuple[Action, ...] = field(repr=False)
    preset_time_ms: int
    """What was left of the preset time when it was issued: no capture takes longer."""
    holds_ms: tuple[int, ...] = field(default=(), repr=False)
    """How long each action was to be kept; empty: not at all."""
    least_score: float = 1.0
    """How far each action must have gone, 1 where the terminal's own measure just counts it."""
    largest_spread: float = ANY_SPREAD
    """The largest distance between two faces of one capture."""
    rates: MatchRates = field(default_factory=MatchRates)
    """At which rates the policy of then lets a stranger match."""
    passive_least_score: float = 0.0
    """What the passive cues together must come to; 0 asks for nothing."""
    passive_model_least_score: float = 0.0
    """What the operator's own passive network must come to; 0: there is none."""
    finger_least_score: float = 0.0
    """What the passive cues of a finger must come to; 0 asks for nothing."""


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
