"""Everything that can happen to a payment. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server_mqtt.contract.messages import PayeeCapture, PayerCapture, PayerRequest
from server_mqtt.flow.orders import RefundOrdered, ReleaseOrdered
from server_mqtt.verification.finding import Finding

NO_HASH: Final = bytes(32)
"""Of an answer that no envelope carried: the machine run by itself."""


class TimerKind(StrEnum):
    """The timers of a payment. Each comes back as the event that `due` gives."""

    PRESET_TIME = "preset_time"
    RESEND = "resend"
    HOLD_EXPIRY = "hold_expiry"
    HOLD_NOTICE = "hold_notice"


# --- messages: a terminal said something, and its signature held ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A payer's terminal asks for a payment."""

    device: str
    request: PayerRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeCaptured:
    """A terminal answers a first instruction."""

    device: str
    capture: PayeeCapture
    received_at_ms: int | None = None
    """When the server received it, by which it is in time or late; None: at the moment of the decision."""
    content_hash: bytes = NO_HASH
    """Of the envelope that carried it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerCaptured:
    """A terminal answers a second instruction."""

    device: str
    capture: PayerCapture
    received_at_ms: int | None = None
    """When the server received it, by which it is in time or late; None: at the moment of the decision."""
    content_hash: bytes = NO_HASH
    """Of the envelope that carried it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The payer stops."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The payee does not want the payment, or not now."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """The payer wants the money to stay frozen for longer."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queried:
    """A terminal asks how the payment stands."""

    device: str


# --- what the server itself brings about ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An answer was compared. `instruction_id` is that of the counted attempt."""

    instruction_id: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetTimeOver:
    """The preset time of this instruction is over."""

    instruction_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendDue:
    """The payee of held money is to be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExpired:
    """The money was frozen long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldNotice:
    """The money was frozen so long that it soon goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalAppeared:
    """A terminal of the payee came online."""

    device: str


MessageEvent = Requested | PayeeCaptured | PayerCaptured | Stopped | Refused | Extended | Queried
TimerEvent = PresetTimeOver | ResendDue | HoldExpired | HoldNotice
Event = MessageEvent | Compared | TimerEvent | TerminalAppeared | ReleaseOrdered | RefundOrdered

EVENTS: tuple[type[Event], ...] = (
    Requested,
    PayeeCaptured,
    PayerCaptured,
    Compared,
    Stopped,
    Refused,
    Extended,
    Queried,
    PresetTimeOver,
    ResendDue,
    HoldExpired,
    HoldNotice,
    TerminalAppeared,
    ReleaseOrdered,
    RefundOrdered,
)


def due(kind: TimerKind, subject: str) -> Event:
    """What it means that this timer is due. `subject` is an instruction's id for a preset time, else empty."""
    match kind:
        case TimerKind.PRESET_TIME:
            return PresetTimeOver(instruction_id=subject)
        case TimerKind.RESEND:
            return ResendDue()
        case TimerKind.HOLD_EXPIRY:
            return HoldExpired()
        case TimerKind.HOLD_NOTICE:
            return HoldNotice()
