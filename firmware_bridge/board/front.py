"""What a bridge board tells: its events and its state, as values. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from firmware_bridge.contract import Light
from firmware_bridge.firmware import frames


class BoardEvent(IntEnum):
    """Something happened at the board; the numbers of the frames."""

    PAY_PRESSED = frames.PAY_PRESSED
    PAY_RELEASED = frames.PAY_RELEASED
    STOP_PRESSED = frames.STOP_PRESSED
    STOP_RELEASED = frames.STOP_RELEASED
    CASE_OPENED = frames.CASE_OPENED
    CASE_CLOSED = frames.CASE_CLOSED
    READER_OVERFLOW = frames.READER_OVERFLOW


@dataclass(frozen=True, slots=True)
class BoardState:
    """`tampered`: the case was opened since somebody last cleared that; `openings`: how often, ever; `starts`: how
    often the board was switched on; `up_ms`: how long it is.
    """

    tampered: bool
    case_open: bool
    pay_held: bool
    stop_held: bool
    openings: int
    starts: int
    up_ms: int
    reader_baud: int


RINGS: dict[Light, bytes] = {
    Light.READY: bytes([frames.RING_BREATHING, 0, 0, 160]),
    Light.READING: bytes([frames.RING_SPINNING, 120, 120, 120]),
    Light.GOOD: bytes([frames.RING_STEADY, 0, 160, 0]),
    Light.TRY_AGAIN: bytes([frames.RING_FLASHING, 160, 90, 0]),
    Light.STOP: bytes([frames.RING_DOTTED, 160, 0, 0]),
    Light.OFF: bytes([frames.RING_OFF, 0, 0, 0]),
}
"""Pattern and colour: no two differ in colour alone."""


def event_of(content: bytes) -> BoardEvent | None:
    """The event of an EVENT frame; None for one that this version does not know."""
    try:
        return BoardEvent(content[0])
    except (IndexError, ValueError):
        return None


def state_of(content: bytes) -> BoardState | None:
    """The state of a STATE frame; None where it is none."""
    try:
        tampered, case_open, held, openings, starts, up_ms, baud = struct.unpack(frames.STATE_FORMAT, content)
    except struct.error:
        return None
    return BoardState(bool(tampered), bool(case_open), bool(held & 1), bool(held & 2), openings, starts, up_ms, baud)
