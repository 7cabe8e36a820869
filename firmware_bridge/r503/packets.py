"""The packets of the R503's serial protocol, as bytes and back. Pure.

Source: R503 Fingerprint Module User Manual (Hangzhou Grow Technology), chapter IV, "Data package format".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

HEADER = 0xEF01
"""Manual: "Header, 2 bytes, fixed value of 0xEF01; high byte transferred first"."""

HEADER_BYTES = HEADER.to_bytes(2, "big")

DEFAULT_ADDRESS = 0xFFFFFFFF
"""Manual: "Adder, 4 bytes, default value is 0xFFFFFFFF"."""

CHECKSUM_BYTES = 2
"""Manual: "Checksum, 2 bytes, the arithmetic sum of package identifier, length and all package contents"."""

MAX_CONTENT_BYTES = 256
"""Manual: packet content lengths are "32, 64, 128, 256"; its "max length is 256 bytes" is that of the content,
because a 256-byte data packet announces 258."""

_PROLOGUE = struct.Struct(">HIBH")  # header, address, identifier, length
PROLOGUE_BYTES = _PROLOGUE.size
MAX_PACKET_BYTES = PROLOGUE_BYTES + MAX_CONTENT_BYTES + CHECKSUM_BYTES


class Identifier(IntEnum):
    """Manual: "Package identifier, PID, 1 byte"."""

    COMMAND = 0x01
    """ "Command packet"."""
    DATA = 0x02
    """ "Data packet; shall not appear alone, must follow command packet or acknowledge packet"."""
    ACKNOWLEDGE = 0x07
    """ "Acknowledge packet"."""
    END_OF_DATA = 0x08
    """ "End of data packet"."""


@dataclass(frozen=True, slots=True)
class Prologue:
    """The nine bytes before a packet's content; `length` counts content and checksum."""

    header: int
    address: int
    identifier: int
    length: int

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Prologue:
        """Read the first nine bytes of `data`. Raises struct.error when there are fewer."""
        return cls(*_PROLOGUE.unpack_from(data))


@dataclass(frozen=True, slots=True)
class Packet:
    """One whole packet. Raises ValueError when the content does not fit into one."""

    identifier: Identifier
    content: bytes
    address: int = DEFAULT_ADDRESS

    def __post_init__(self) -> None:
        if len(self.content) > MAX_CONTENT_BYTES:
            raise ValueError(f"{len(self.content)} bytes do not fit into a packet of {MAX_CONTENT_BYTES}")

    def to_bytes(self) -> bytes:
        """The packet as it goes over the line."""
        return frame(self.identifier, self.content, self.address)


def frame(identifier: int, content: bytes, address: int = DEFAULT_ADDRESS) -> bytes:
    """`content` with prologue and checksum around it; only the length field's 16 bits bound its size."""
    length = len(content) + CHECKSUM_BYTES
    prologue = _PROLOGUE.pack(HEADER, address, identifier, length)
    return prologue + content + checksum(identifier, length, content).to_bytes(CHECKSUM_BYTES, "big")


def checksum(identifier: int, length: int, content: bytes | bytearray | memoryview) -> int:
    """Manual: the arithmetic sum of identifier, length and contents; "overflowing bits are omitted"."""
    return (identifier + (length >> 8) + (length & 0xFF) + sum(content)) & 0xFFFF
