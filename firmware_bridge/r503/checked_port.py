"""What `adafruit_fingerprint` is given as its UART: it hands the library whole, verified packets and nothing else.

The library reads a fixed number of bytes per answer, checks no checksum, calls itself once per data packet (an
image in 32-byte packets is 576 calls deep), trusts every length, and goes on with an unset variable when an upload
is refused. So here every packet is found and verified first; an answer that the library would stumble over becomes
an error of our own before it sees it; and the packets of an image are joined to one, which the protocol's 16-bit
length allows, so that the library does not recurse at all.

Impure: reads and writes the line and asks a clock. Bounded: never holds more than one image.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from firmware_bridge.errors import (
    CaptureCancelled,
    SensorCorrupt,
    SensorError,
    SensorStatus,
    SensorTimedOut,
    SensorWrongPassword,
)
from firmware_bridge.port import Line
from firmware_bridge.r503 import status
from firmware_bridge.r503.commands import BAUD_UNIT, BITS_PER_BYTE, HANDSHAKE_SIGN, PACKET_BYTES, Instruction
from firmware_bridge.r503.framing import Deframer, Fault
from firmware_bridge.r503.models import R503
from firmware_bridge.r503.packets import CHECKSUM_BYTES, PROLOGUE_BYTES, Identifier, Packet, Prologue, frame
from firmware_bridge.r503.status import Confirmation

ANSWER_TIMEOUT_S = 1.0
"""The manual's slowest command is GenChar, under 0.5 s; GenImg is under 0.2 s. Twice that, and a USB adapter."""

RESET_S = 0.5
"""From SoftRst to the 0x55 that a reader says when it has started: several times what one takes."""

SILENCE_S = 0.1
"""A line that said nothing for so long has finished: six latency periods (16 ms) of a usual USB adapter."""

TRANSFER_SLACK = 2.0
"""An upload may take this many times what the bit rate needs; above it the reader is not sending an image."""

_PACKET_OVERHEAD_BYTES = PROLOGUE_BYTES + CHECKSUM_BYTES

_STARTED = bytes([HANDSHAKE_SIGN])

_PASSED_ON = frozenset({Instruction.GEN_IMG})
"""Commands whose refusals the library returns as they are, and the reader understands ("no finger")."""


class CheckedPort:
    """A UART in the library's sense: `write`, `read`, `close`. Used from one thread, one command at a time."""

    def __init__(self, line: Line, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._clock = clock
        self.image_bytes = R503.packed_bytes
        """What an upload has, to the byte: more or less of it is no image."""
        self._baud = BAUD_UNIT
        self.answer_timeout_s = ANSWER_TIMEOUT_S
        """How long an acknowledgement may take, and how long a reader may pause inside an image."""
        self._deframer = Deframer()
        self._packets: deque[Packet | Fault] = deque()
        self._rest = b""
        self._instruction = 0
        self._deadline_s = 0.0
        self._upload_follows = False
        self._may_still_send = True
        self._progress: Callable[[float], None] | None = None
        self._cancelled: Callable[[], bool] | None = None

    @property
    def baud(self) -> int:
        """Bits per second on the line now."""
        return self._baud

    @property
    def name(self) -> str:
        """Where the line leads."""
        return self._line.name

    def set_baud(self, baud: int) -> None:
        """Speak and listen at `baud`; deadlines of uploads follow it."""
        self._baud = baud
        self._line.set_baud(baud)

    @contextmanager
    def watching(
        self, progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None
    ) -> Iterator[None]:
        """Within: an upload reports 0.0 to 1.0 to `progress` and ends with CaptureCancelled if `cancelled`."""
        self._progress, self._cancelled = progress, cancelled
        try:
            yield
        finally:
            self._progress = self._cancelled = None

    def write(self, data: bytes | bytearray) -> int:
        """Send one whole command packet and forget whatever the reader said before it."""
        if self._may_still_send:
            self._wait_for_silence()
        self._line.discard_input()
        self._deframer.reset()
        self._packets.clear()
        self._rest = b""
        self._upload_follows = False
        self._instruction = data[PROLOGUE_BYTES]
        self._may_still_send = True  # until an answer came whole
        self._line.send(bytes(data))
        self._deadline_s = self._clock() + self.answer_timeout_s
        return len(data)

    def read(self, size: int) -> bytes:
        """`size` bytes of the answer, always of verified packets. Raises SensorError; never returns fewer."""
        if not self._rest:
            self._rest = self._upload() if self._upload_follows else self._acknowledgement()
        if size > len(self._rest):
            self._corrupt(f"the answer has {len(self._rest)} bytes where {size} were due")
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def exchange(self, command: Packet) -> Packet:
        """Send `command` and return its acknowledgement: for instructions that the library does not have."""
        self.write(command.to_bytes())
        answer = self._acknowledgement()
        prologue = Prologue.from_bytes(answer)
        return Packet(Identifier(prologue.identifier), answer[PROLOGUE_BYTES:-CHECKSUM_BYTES], prologue.address)

    def soft_reset(self) -> None:
        """Tell the reader to start anew, and wait until it says that it did, RESET_S at most.

        What it holds is lost, its parameters stay. Whether it works again the next command shows.
        """
        self.write(Packet(Identifier.COMMAND, bytes([Instruction.SOFT_RST])).to_bytes())
        deadline_s = self._clock() + RESET_S
        heard = b""
        while heard != _STARTED and (left_s := deadline_s - self._clock()) > 0:
            heard = self._line.receive(left_s)[-1:]

    def close(self) -> None:
        """Give the line up."""
        self._line.close()

    def _acknowledgement(self) -> bytes:
        packet = self._next_packet(self._deadline_s)
        if packet.identifier is not Identifier.ACKNOWLEDGE:
            self._corrupt(f"{packet.identifier.name} packet where an acknowledgement was due")
        code = packet.content[0]
        if code == Confirmation.OK and self._instruction == Instruction.UP_IMAGE:
            self._upload_follows = True
        else:
            self._may_still_send = False
        if code != Confirmation.OK and self._instruction not in _PASSED_ON:
            self._refused(code)
        return packet.to_bytes()

    def _upload(self) -> bytes:
        """All data packets of an upload, joined to one end-of-data packet with length and checksum of its own."""
        content = bytearray()
        deadline_s = self._clock() + self.upload_timeout_s
        while True:
            if self._cancelled is not None and self._cancelled():
                raise CaptureCancelled(f"{self.name}: the capture was cancelled while the image travelled")
            packet = self._next_packet(min(deadline_s, self._clock() + self.answer_timeout_s))
            if packet.identifier not in (Identifier.DATA, Identifier.END_OF_DATA):
                self._corrupt(f"{packet.identifier.name} packet inside an image")
            content += packet.content
            last = packet.identifier is Identifier.END_OF_DATA
            if len(content) > self.image_bytes or (last and len(content) < self.image_bytes):
                self._corrupt(f"an image of {len(content)} bytes where {self.image_bytes} were due")
            if self._progress is not None:
                self._progress(len(content) / self.image_bytes)
            if last:
                self._upload_follows = self._may_still_send = False
                return frame(Identifier.END_OF_DATA, bytes(content))

    def _next_packet(self, deadline_s: float) -> Packet:
        while not self._packets:
            left_s = deadline_s - self._clock()
            if left_s <= 0:
                raise SensorTimedOut(f"{self.name} did not answer {self._command_name()} in time")
            self._packets.extend(self._deframer.receive(self._line.receive(left_s)))
        found = self._packets.popleft()
        if isinstance(found, Fault):
            self._corrupt(f"a packet with a wrong {found.kind}")
        return found

    def _wait_for_silence(self) -> None:
        """Let the reader end what it may still be sending, or the next answer would be lost in it."""
        deadline_s = self._clock() + self._transfer_s() + ANSWER_TIMEOUT_S
        while self._line.receive(SILENCE_S):
            if self._clock() > deadline_s:
                raise SensorCorrupt(f"{self.name} does not stop sending: unplug the sensor and plug it in again")
        self._may_still_send = False

    @property
    def upload_timeout_s(self) -> float:
        """How long one image may travel."""
        return self._transfer_s() * TRANSFER_SLACK + ANSWER_TIMEOUT_S

    def _transfer_s(self) -> float:
        """What an image takes on the line at the slowest packet size."""
        packets = -(-self.image_bytes // min(PACKET_BYTES))
        return (self.image_bytes + packets * _PACKET_OVERHEAD_BYTES) * BITS_PER_BYTE / self._baud

    def _command_name(self) -> str:
        try:
            return Instruction(self._instruction).name
        except ValueError:
            return f"0x{self._instruction:02X}"

    def _refused(self, code: int) -> NoReturn:
        if code == Confirmation.WRONG_PASSWORD:
            raise SensorWrongPassword(f"{self.name}: the reader refused the password")
        raise SensorStatus(self.name, self._command_name(), code, status.name(code))

    def _corrupt(self, what: str) -> NoReturn:
        error: SensorError = SensorCorrupt(f"{self.name}: {what}, in answer to {self._command_name()}: check the cable")
        raise error
