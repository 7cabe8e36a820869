"""The frames between bridge board and terminal, as bytes and back. Pure; MicroPython and CPython alike.

    frame     kind u8, sequence u32, content 0 to 192 bytes, seal 8 bytes, CRC-16 u16; big-endian
    line      COBS of the frame, then a zero

The seal is the start of an HMAC over kind, sequence and content (see `seals`), zeros where there is no session yet.
The checksum is CRC-16/CCITT-FALSE: it tells noise from a forgery, which the seal tells from the truth.
"""

import struct

from firmware_bridge.firmware import cobs

VERSION = 1
"""Of all that is said here; both ends say theirs first and go no further where they differ."""

CONTENT_MAX = 192
"""A COBS run is not broken, and a byte stream loses little to the frame around it."""

SEAL_BYTES = 8
_PROLOGUE = ">BI"
_PROLOGUE_BYTES = 5
_CRC_BYTES = 2
FRAME_BYTES_MIN = _PROLOGUE_BYTES + SEAL_BYTES + _CRC_BYTES
FRAME_BYTES_MAX = FRAME_BYTES_MIN + CONTENT_MAX
LINE_BYTES_MAX = FRAME_BYTES_MAX + 1
"""COBS adds one byte to so few. The zero is not counted."""

# Without a session: what makes one.
HELLO = 0x01
"""Terminal: version u8, nonce 16."""
WELCOME = 0x02
"""Board: version u8, firmware 3 u8, paired u8, unique id 8, nonce 16, proof 16."""
PAIR = 0x03
"""Terminal: public key 32."""
PAIRED = 0x04
"""Board: public key 32. What follows is the terminal's HELLO."""
NOT_PAIRING = 0x05
"""Board, in answer to PAIR: nobody holds its buttons."""

# In a session, unordered: sealed, sent once.
ACK = 0x10
"""The sequence is the last that came in order."""
BEAT = 0x11
"""The sequence counts beats."""

# In a session, in order: sealed, sent until acknowledged.
READER = 0x20
"""Bytes of the reader's line, either way."""
EVENT = 0x21
"""Board: event u8, time since its start in ms u32."""
STATE = 0x22
"""Board: see STATE_FORMAT. In answer to ASK_STATE and CLEAR_TAMPER."""
READER_BAUD = 0x23
"""Terminal: bits per second u32."""
READER_BAUDS = (9_600, 19_200, 38_400, 57_600, 115_200)
"""What a reader can be spoken to at; a board does nothing for another."""
RING = 0x24
"""Terminal: pattern u8, red u8, green u8, blue u8."""
BUZZ = 0x25
"""Terminal: pitch in Hz u16, length in ms u16."""
ASK_STATE = 0x26
"""Terminal: nothing."""
CLEAR_TAMPER = 0x27
"""Terminal: the count of openings it knows of, u32. Another count clears nothing."""

STATE_FORMAT = ">BBBIIII"
"""Tampered u8, case open u8, buttons held u8 (bit 0 pay, bit 1 stop), openings u32, starts u32, up for ms u32,
reader's baud u32."""

# Events.
PAY_PRESSED = 1
PAY_RELEASED = 2
STOP_PRESSED = 3
STOP_RELEASED = 4
CASE_OPENED = 5
CASE_CLOSED = 6
READER_OVERFLOW = 7
"""The terminal did not take the reader's bytes fast enough: some were lost."""

# Patterns of the ring.
RING_OFF = 0
RING_STEADY = 1
RING_BREATHING = 2
RING_FLASHING = 3
RING_SPINNING = 4
RING_DOTTED = 5


class Frame:
    """One frame. `seal` is zeros where there is no session."""

    def __init__(self, kind: int, sequence: int, content: bytes, seal: bytes = bytes(SEAL_BYTES)) -> None:
        self.kind = kind
        self.sequence = sequence
        self.content = content
        self.seal = seal


def sealed_part(kind: int, sequence: int, content: bytes) -> bytes:
    """What a seal is made over."""
    return struct.pack(_PROLOGUE, kind, sequence) + content


def to_line(frame: Frame) -> bytes:
    """The frame as it goes over the line, the ending zero included. Raises ValueError if its content is too long."""
    if len(frame.content) > CONTENT_MAX:
        raise ValueError("content of more than 192 bytes")
    data = sealed_part(frame.kind, frame.sequence, frame.content) + frame.seal
    return cobs.encode(data + crc16(data).to_bytes(2, "big")) + b"\0"


def from_line(data: bytes) -> Frame:
    """The frame in what came before a zero. Raises ValueError where it is none."""
    frame = cobs.decode(data)
    if not FRAME_BYTES_MIN <= len(frame) <= FRAME_BYTES_MAX:
        raise ValueError("no frame has so many bytes")
    told = int.from_bytes(frame[-_CRC_BYTES:], "big")
    if crc16(frame[:-_CRC_BYTES]) != told:
        raise ValueError("wrong checksum")
    kind, sequence = struct.unpack(_PROLOGUE, frame[:_PROLOGUE_BYTES])
    seal_at = len(frame) - _CRC_BYTES - SEAL_BYTES
    return Frame(kind, sequence, frame[_PROLOGUE_BYTES:seal_at], frame[seal_at:-_CRC_BYTES])


class Deframer:
    """Collects bytes up to each zero. What is longer than a frame is dropped, so that nothing grows."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._too_long = False
        self.faults = 0
        """How many times something came that was no frame."""

    def receive(self, data: bytes) -> list[Frame]:
        """Take the next bytes; the frames that they complete, in order."""
        found = []
        while data:
            end = data.find(b"\0")
            self._hold(data if end < 0 else data[:end])
            if end < 0:
                break
            data = data[end + 1 :]
            frame = self._finished()
            if frame is not None:
                found.append(frame)
        return found

    def _hold(self, piece: bytes) -> None:
        if self._too_long or len(self._held) + len(piece) > LINE_BYTES_MAX:
            self._too_long = True
            self._held = bytearray()
        else:
            self._held += piece

    def _finished(self) -> Frame | None:
        held, self._held = bytes(self._held), bytearray()
        too_long, self._too_long = self._too_long, False
        if not held and not too_long:
            return None  # two zeros in a row: a sender may send one first, to end what noise began
        if not too_long:
            try:
                return from_line(held)
            except ValueError:
                pass  # counted below
        self.faults += 1
        return None


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, from 0xFFFF, most significant bit first."""
    crc = 0xFFFF
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ _CRC_TABLE[(crc >> 8) ^ byte]
    return crc


def _table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        table.append(crc)
    return table


_CRC_TABLE = _table()
