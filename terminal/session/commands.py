"""Everything a session asks of the rest of the terminal. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from server_mqtt.contract.messages import Message, Modality
from terminal.session.state import AnyInstruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Put this on disk, then send it until the server replied."""

    payment_id: str
    body: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Tell the server that the terminal is there, and what it can capture."""

    modalities: tuple[Modality, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCapture:
    """Capture these modalities, in this order, all of them, before `ends_at_ms`."""

    instruction: AnyInstruction
    modalities: tuple[Modality, ...]
    ends_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCapture:
    """Nobody waits for this capture any more."""

    instruction_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """For the log: something was received and changes nothing, and why."""

    what: str
    why: str
    payment_id: str


Command = Send | Announce | StartCapture | StopCapture | Ignored
