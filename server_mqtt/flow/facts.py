"""What the shell looks up before a decision: everything a step may need to know, and chance. Values only.

Loaded anew for every event, in the transaction that will store the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from server_mqtt.contract.messages import Action, Modality
from server_mqtt.risk.factors import PayeeHistory
from server_mqtt.verification.lockout import Tally
from server_mqtt.verification.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """Drawn by the shell for this decision alone. At most one instruction is made of it.

    `challenge` and `holds_ms` are of one `verification.challenge.challenge_at`, each as likely as any other.
    """

    instruction_id: str
    nonce: bytes = field(repr=False)
    challenge: tuple[Action, ...] = field(repr=False)
    holds_ms: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A terminal of an account that is not revoked, as it last said of itself."""

    device: str
    online: bool
    modalities: tuple[Modality, ...]
    """What it can capture; empty if it never said."""
    away: bool = False
    """It left, and nothing was heard of it since. Neither `online` nor away: nothing is known of it now."""
    taken_until_ms: tuple[int, ...] = ()
    """When the preset times of other payments' instructions end that wait for an answer at it, if looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An account, at either end. One that is closed is none any more."""

    account: str
    name: str
    active: bool
    """False while it is blocked."""
    enrolled: tuple[Modality, ...]
    terminals: tuple[Terminal, ...]
    tallies: tuple[Tally, ...] = ()
    """Its failures by each modality; a modality without any may be missing."""

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of its terminals."""
        return tuple(terminal.device for terminal in self.terminals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A payee's entry in the directory, the pre-stored list of who can be paid."""

    name: str
    modalities: tuple[Modality, ...]
    """What the payee is verified by, as the operator decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedInstruction:
    """What is stored of the instruction that an answer names, whether or not it is open: it belongs to this payment."""

    used: bool
    """An answer to it was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one payment, or of one request, at this moment."""

    policy: Policy
    fresh: Fresh
    payer: Party | None
    """None: there is no such account."""
    payee: Party | None
    listing: Listing | None
    """None: the payee is not in the directory."""
    payer_balance_minor: int | None
    """In the payment's currency. None: the payer has never held this currency."""
    history: PayeeHistory | None
    """Of the payee; None exactly if `payee` is None."""
    payee_balance_minor: int | None = None
    """In the payment's currency, for RefundOrdered only. None: not looked up, or the payee has never held it."""
    named: NamedInstruction | None = None
    """For PayeeCaptured and PayerCaptured only. None: this payment never had an instruction of that id and role."""
