"""Everything that can happen to a session. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from server_mqtt.contract.messages import CaptureOutcome, Modality, PaymentStatus, ReplyStatus, SealedProbe
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import Touch
from terminal.session.state import AnyInstruction, Entry, Payee, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A finger did something. `fresh_id` becomes the payment's if this touch confirms one."""

    touch: Touch
    fresh_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """Time went by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsLoaded:
    """The networks are there and verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsFailed:
    """The bundle is missing, damaged, or not the one it should be; tried again by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorsFound:
    """Which sensors work, as far as anybody can tell without a person in front of them."""

    working: frozenset[Modality]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """The broker let us in, or is gone."""

    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageChanged:
    """The disk keeps what it is given, or no longer. `unsent` is the payment whose message it did not keep."""

    works: bool
    unsent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What the disk knew at start, oldest first."""

    payments: tuple[Entry, ...]
    recents: tuple[Payee, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionReceived:
    """The server asks for a capture. Signed, for this device, never seen before."""

    instruction: AnyInstruction


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReceived:
    """The server says how a payment stands. Signed, for this device, never seen before."""

    status: PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """What the server did with a message of ours."""

    kind: str
    payment_id: str
    status: ReplyStatus
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureMoved:
    """A capture is further, or has a hint."""

    instruction_id: str
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEnded:
    """A capture is over; `outcome` is None where its time was over before there was anything to answer."""

    instruction_id: str
    outcome: CaptureOutcome | None
    probes: tuple[SealedProbe, ...] = ()


Event = (
    Touched
    | Ticked
    | ModelsLoaded
    | ModelsFailed
    | SensorsFound
    | LinkChanged
    | StorageChanged
    | Restored
    | InstructionReceived
    | StatusReceived
    | Replied
    | CaptureMoved
    | CaptureEnded
)
EVENTS: tuple[type[Event], ...] = (
    Touched,
    Ticked,
    ModelsLoaded,
    ModelsFailed,
    SensorsFound,
    LinkChanged,
    StorageChanged,
    Restored,
    InstructionReceived,
    StatusReceived,
    Replied,
    CaptureMoved,
    CaptureEnded,
)
