"""Finds whole, verified packets in a stream of bytes. Sans-IO and pure: bytes in, packets and faults out.

Bytes may come in pieces of any size. What is not a packet is skipped up to the next header, so that a packet
after garbage is found again, and never more than one packet is held: nothing the far end sends can grow memory.
The protocol's checksum is a plain sum: errors that cancel each other (+1 here, -1 there) pass it, and nobody at this
end of the line can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware_bridge.r503.packets import (
    CHECKSUM_BYTES,
    DEFAULT_ADDRESS,
    HEADER_BYTES,
    MAX_CONTENT_BYTES,
    PROLOGUE_BYTES,
    Identifier,
    Packet,
    Prologue,
    checksum,
)

_IDENTIFIERS = frozenset(int(identifier) for identifier in Identifier)


class FaultKind(StrEnum):
    """What was wrong with something that began like a packet."""

    ADDRESS = "address"
    IDENTIFIER = "identifier"
    LENGTH = "length"
    CHECKSUM = "checksum"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something began with a header and is no packet of ours; `found` says what stood in the wrong place."""

    kind: FaultKind
    found: int


class Deframer:
    """Collects bytes until they are packets; one per direction of a line."""

    def __init__(self, address: int = DEFAULT_ADDRESS) -> None:
        self.address = address
        """Packets with another one are faults; it may be changed between two calls, or within one by what it found."""
        self._held = bytearray()
        self.skipped_bytes = 0
        """How many bytes were no part of a packet that began right."""

    @property
    def idle(self) -> bool:
        """True when no beginning of a packet is held."""
        return not self._held

    def reset(self) -> None:
        """Forget the beginning of a packet that is held."""
        self._held.clear()

    def receive(self, data: bytes) -> list[Packet | Fault]:
        """Take the next bytes; return what they complete, in order."""
        found: list[Packet | Fault] = []
        view = memoryview(data)
        while view:
            room = max(1, self._missing())
            self._held += view[:room]
            view = view[room:]
            self._settle(found)
        return found

    def _missing(self) -> int:
        """How many bytes the packet that is held needs at least: taking more would hold a second one."""
        if len(self._held) < PROLOGUE_BYTES:
            return PROLOGUE_BYTES - len(self._held)
        return PROLOGUE_BYTES + Prologue.from_bytes(self._held).length - len(self._held)

    def _settle(self, found: list[Packet | Fault]) -> None:
        """Turn what is held into packets and faults until it is again a beginning."""
        while True:
            self._seek_header()
            if len(self._held) < PROLOGUE_BYTES:
                return
            prologue = Prologue.from_bytes(self._held)
            fault = self._fault_of(prologue)
            if fault is None and len(self._held) < PROLOGUE_BYTES + prologue.length:
                return
            outcome = fault or self._finish(prologue)
            found.append(outcome)
            if isinstance(outcome, Fault):
                self._skip(len(HEADER_BYTES))  # the true packet may begin inside the false one

    def _seek_header(self) -> None:
        at = self._held.find(HEADER_BYTES)
        if at < 0:
            at = len(self._held) - self._held.endswith(HEADER_BYTES[:1])
        if at:
            self._skip(at)

    def _skip(self, count: int) -> None:
        self.skipped_bytes += count
        del self._held[:count]

    def _fault_of(self, prologue: Prologue) -> Fault | None:
        if prologue.address != self.address:
            return Fault(FaultKind.ADDRESS, prologue.address)
        if prologue.identifier not in _IDENTIFIERS:
            return Fault(FaultKind.IDENTIFIER, prologue.identifier)
        if not CHECKSUM_BYTES < prologue.length <= MAX_CONTENT_BYTES + CHECKSUM_BYTES:
            return Fault(FaultKind.LENGTH, prologue.length)
        return None

    def _finish(self, prologue: Prologue) -> Packet | Fault:
        end = PROLOGUE_BYTES + prologue.length
        content = bytes(self._held[PROLOGUE_BYTES : end - CHECKSUM_BYTES])
        told = int.from_bytes(self._held[end - CHECKSUM_BYTES : end], "big")
        if told != checksum(prologue.identifier, prologue.length, content):
            return Fault(FaultKind.CHECKSUM, told)
        del self._held[:end]
        return Packet(Identifier(prologue.identifier), content, prologue.address)
