"""Everything a decision asks of the shell, in this order, within the transaction. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server_mqtt.contract.messages import CaptureOutcome, Message, Modality, PaymentState, Role, SealedProbe
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.events import NO_HASH, TimerKind
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.ledger.entries import Entry
from server_mqtt.verification.finding import Asked, Finding
from server_mqtt.verification.instruction import OpenInstruction

Detail = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A line of the payment's history: this step was taken, from this state (None: there was no payment) to that."""

    step: Step
    before: PaymentState | None
    after: PaymentState
    reason: Reason | None = None
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Put `body` for `device` into the outbox; nobody wants it after `expires_at_ms` (None: a week)."""

    device: str
    body: Message
    expires_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Write this entry into the journal. It breaks no floor: if it does, that is our fault, and nothing is stored."""

    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Remember this instruction for good, so that an answer can be told unknown, used or late."""

    instruction: OpenInstruction


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAttempt:
    """Count an attempt and mark its instruction as used, before anything is opened or compared.

    With `asked`: compare its probes once this is committed, and bring the finding back as `Compared`; again after a
    restart. Without: there is nothing to compare, and `ConcludeAttempt` follows at once.
    """

    instruction_id: str
    role: Role
    account: str
    device: str
    nonce: bytes = field(repr=False)
    outcome: CaptureOutcome
    modalities: tuple[Modality, ...]
    """What was asked for: what it counts for unless what was shown can be told."""
    probes: tuple[SealedProbe, ...] = field(repr=False)
    asked: Asked | None = None
    answer_hash: bytes = field(default=NO_HASH, repr=False)
    """The content hash of the signed answer, for the receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeAttempt:
    """Note with the counted attempt what it came to, and in its account's tallies, unless that is done already.

    Its probes are forgotten.
    """

    instruction_id: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Bring `due(kind, subject)` at `due_at_ms`. A timer of this kind that the payment has is replaced."""

    kind: TimerKind
    subject: str = ""
    due_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimers:
    """Forget the payment's timers of this kind, or (None) all of them."""

    kind: TimerKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveReceipt:
    """Sign a receipt of `payment`, which has just entered its state, onto the journal's newest entry, and send it.

    Or of which money has just moved within its state. To the payer's terminal and the payee's
    terminals that know of the payment.
    """

    payment: Payment


Effect = Record | Send | Post | Issue | CountAttempt | ConcludeAttempt | SetTimer | CancelTimers | GiveReceipt
EFFECTS: tuple[type[Effect], ...] = (
    Record,
    Send,
    Post,
    Issue,
    CountAttempt,
    ConcludeAttempt,
    SetTimer,
    CancelTimers,
    GiveReceipt,
)
