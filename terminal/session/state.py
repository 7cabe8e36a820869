"""What the session is made of. Values only; nothing impure.

A step is what the terminal is doing now; the book is what it knows of its payments, and every word of it about how a
payment stands came from the server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import get_args

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    FirstInstruction,
    Modality,
    PaymentState,
    PaymentStatus,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason
from terminal.session.condition import Health
from terminal.texts.languages import Language

FINAL = frozenset({PaymentState.SETTLED, PaymentState.RELEASED, PaymentState.REFUNDED, PaymentState.DECLINED})
"""States that nothing leaves."""

AnyInstruction = FirstInstruction | SecondInstruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the configuration says of this terminal."""

    role: Role
    account: str
    currency: str
    order: tuple[Modality, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Somebody paid before."""

    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One payment in the book. Account, amount and currency stay as they were first named here; `status` and `refused`
    are the server's words, `stopped` is ours.

    `asked` are the instructions heard since the start of the terminal, `attempt` the latest attempt among them;
    `answered` are those that were answered, whenever that was.
    """

    payment_id: str
    payee_account: str
    amount_minor: int
    currency: str
    payee_name: str = ""
    payer_name: str = ""
    status: PaymentStatus | None = None
    heard_at_ms: int = 0
    refused: Reason | None = None
    stopped: bool = False
    asked: tuple[str, ...] = ()
    attempt: int = 0
    answered: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether the server said that nothing more will happen."""
        return self.refused is not None or (self.status is not None and self.status.state in FINAL)

    @property
    def decided(self) -> bool:
        """Over, or held: both ends can go."""
        return self.over or (self.status is not None and self.status.state is PaymentState.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a capture is, as plain names: `action` and `hint` are those of the models.

    `keep`: the action is done, and to be kept for now.
    """

    modality: Modality | None = None
    action: str | None = None
    hint: str = ""
    step: int = 0
    steps: int = 0
    transfer: float | None = None
    keep: bool = False


# --- the steps ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """Models load, sensors are looked for, the disk is read."""

    restored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing is going on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeEntry:
    """The payer keys in or picks whom to pay."""

    entered: str = ""
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountEntry:
    """The payer keys in how much."""

    payee: Payee
    entered: str = ""
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The payer looks at payee and amount before anything is sent."""

    payee: Payee
    entered: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requesting:
    """The request is on disk and on its way."""

    payment_id: str
    since_ms: int
    busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitingPayee:
    """The server has the request; the payee is being asked."""

    payment_id: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """The payer reads the first result and decides. `shown_at_ms` is when they first could."""

    instruction: SecondInstruction
    received_at_ms: int
    shown_at_ms: int

    @property
    def payment_id(self) -> str:
        """Of the payment this is about."""
        return self.instruction.payment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Capturing:
    """A person stands at the sensor. `consent` is what the payer saw and agreed to."""

    instruction: AnyInstruction
    received_at_ms: int
    consent: Consent | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def payment_id(self) -> str:
        """Of the payment this is about."""
        return self.instruction.payment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """The answer is on its way, or the time was over without one (`outcome` None); the server decides."""

    instruction: AnyInstruction
    since_ms: int
    outcome: CaptureOutcome | None
    consent: Consent | None = None
    refused: Reason | None = None
    busy: bool = False

    @property
    def payment_id(self) -> str:
        """Of the payment this is about."""
        return self.instruction.payment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitingPayer:
    """The payee's part is done; the payer decides."""

    payment_id: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a payment stands, for people to read."""

    payment_id: str
    since_ms: int


class Why(StrEnum):
    """Why the terminal has to ask how a payment ended."""

    RESTARTED = "restarted"
    STOPPED = "stopped"
    REFUSED = "refused"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """The terminal does not know how these payments ended, and asks."""

    payment_ids: tuple[str, ...]
    since_ms: int
    why: Why


Step = (
    Starting
    | Idle
    | PayeeEntry
    | AmountEntry
    | Review
    | Requesting
    | AwaitingPayee
    | Consenting
    | Capturing
    | Verifying
    | AwaitingPayer
    | Outcome
    | Checking
)
STEPS: tuple[type[Step], ...] = get_args(Step)

WAITS_FOR_WORD = (AwaitingPayee, Verifying, AwaitingPayer, Checking)
"""Steps in which only the server's word leads on. A request that was not answered yet is re-sent by the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An instruction whose turn comes when the present one is answered."""

    instruction: AnyInstruction
    received_at_ms: int

    @property
    def ends_at_ms(self) -> int:
        """When its preset time is over."""
        return self.received_at_ms + self.instruction.preset_time_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """The whole session. `news` are payments whose outcome nobody here has seen yet."""

    settings: Settings
    step: Step = field(default_factory=Starting)
    health: Health = field(default_factory=Health)
    language: Language = Language.ENGLISH
    book: tuple[Entry, ...] = ()
    recents: tuple[Payee, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    news: tuple[str, ...] = ()
    queried_at_ms: int = 0


def payments_of(step: Step) -> tuple[str, ...]:
    """The payments a step is about."""
    match step:
        case Checking():
            return step.payment_ids
        case Requesting() | AwaitingPayee() | Consenting() | Capturing() | Verifying() | AwaitingPayer() | Outcome():
            return (step.payment_id,)
        case _:
            return ()
