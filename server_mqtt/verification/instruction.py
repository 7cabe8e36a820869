"""The open instruction: what an answer is bound to. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from server_mqtt.contract.messages import Action, Modality, Purpose, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.finding import ANY_SPREAD, Asked, MatchRates


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInstruction:
    """The instruction whose answer the server waits for. One attempt: the next has a new id, nonce and challenge.

    Times are the server's milliseconds.
    """

    instruction_id: str
    role: Role
    purpose: Purpose
    nonce: bytes = field(repr=False)
    challenge: tuple[Action, ...] = field(repr=False)
    modalities: tuple[Modality, ...]
    all_modalities: bool
    devices: tuple[str, ...]
    """Where it went to. The first of them to answer is heard."""
    issued_at_ms: int
    deadline_ms: int
    """The end of the preset time, the same for all its attempts. An answer at this moment is too late."""
    attempt: int
    attempts: int
    holds_ms: tuple[int, ...] = field(default=(), repr=False)
    least_score: float = 1.0
    largest_spread: float = ANY_SPREAD
    passive_least_score: float = 0.0
    passive_model_least_score: float = 0.0
    finger_least_score: float = 0.0
    """As the policy was when it was issued."""
    previous_reason: Reason | None = None
    """Why the attempt before this one failed."""
    rejected: bool = False
    """Whether an attempt within this preset time showed somebody, or something, that is not who it should be."""
    rates: MatchRates = field(default_factory=MatchRates)
    """At which rates the policy lets a stranger match."""
    pending: bool = False
    """An answer came in time, was counted, and is being compared: the deadline waits for it."""

    @property
    def preset_time_ms(self) -> int:
        """What was left of the preset time when it was issued."""
        return self.deadline_ms - self.issued_at_ms

    @property
    def asked(self) -> Asked:
        """What an answer is measured by."""
        return Asked(
            modalities=self.modalities,
            all_modalities=self.all_modalities,
            challenge=self.challenge,
            preset_time_ms=self.preset_time_ms,
            holds_ms=self.holds_ms,
            least_score=self.least_score,
            largest_spread=self.largest_spread,
            rates=self.rates,
            passive_least_score=self.passive_least_score,
            passive_model_least_score=self.passive_model_least_score,
            finger_least_score=self.finger_least_score,
        )
