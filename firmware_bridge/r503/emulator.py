"""The far end of the line: an R503 or R307 as a sans-IO session: bytes in by `receive`, out by `to_send`. Pure.

It answers byte for byte as the manual says a reader does: address, length and checksum are verified, the password
is asked for when it is not the factory's, parameters change what happens next, images travel in packets of the
configured size. It takes bytes in pieces of any size and never holds more than a bounded number of them.

What it keeps is `reader_state`'s; its finger library is `library`'s, and there for other drivers: the product never
stores a template in a reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from firmware_bridge.r503 import commands, image, library, reader_state
from firmware_bridge.r503.commands import Handler, Instruction
from firmware_bridge.r503.framing import Deframer, Fault, FaultKind
from firmware_bridge.r503.library import Refused
from firmware_bridge.r503.models import R503
from firmware_bridge.r503.packets import Identifier, Packet
from firmware_bridge.r503.reader_state import FACTORY_PASSWORD, ReaderState
from firmware_bridge.r503.status import Confirmation

MAX_PENDING_BYTES = 64 * 1024
"""Three images of an R503: a host that sends commands without reading the answers is not heard beyond that."""

_FAULT_ANSWERS = {
    FaultKind.LENGTH: Confirmation.PACKET_ERROR,
    FaultKind.CHECKSUM: Confirmation.PACKET_ERROR,
    FaultKind.IDENTIFIER: Confirmation.PACKET_ERROR,
}
"""A wrong address is not in it: the manual says "at wrong adder value, module will reject to transfer"."""

_R503_ONLY = frozenset(
    {
        Instruction.AURA_LED_CONFIG,
        Instruction.CHECK_SENSOR,
        Instruction.READ_PROD_INFO,
        Instruction.SOFT_RST,
        Instruction.HAND_SHAKE,
        Instruction.CANCEL,
        Instruction.READ_INDEX_TABLE,
    }
)
"""In the R503's table of instructions and not in the R307's."""


@dataclass(slots=True)
class R503Session(ReaderState):
    """One emulated reader at the end of a line."""

    hung: bool = False
    """It does nothing until SoftRst or until its power went: what a fault script leaves behind."""
    last_command: int | None = None
    """The code of the last whole command that came."""
    _out: bytearray = field(default_factory=bytearray)
    _deframer: Deframer = field(init=False)
    _download: tuple[int, bytearray] | None = None
    """DownChar's buffer, and what came for it so far."""

    def __post_init__(self) -> None:
        ReaderState.__post_init__(self)
        self._deframer = Deframer(self.address)

    def receive(self, data: bytes) -> None:
        """Take the next bytes from the host and work on the commands that they complete."""
        for found in self._deframer.receive(data):
            if len(self._out) > MAX_PENDING_BYTES:
                continue  # the module is busy sending and does not listen (the line is semi-duplex)
            if isinstance(found, Fault):
                self._answer_fault(found)
            elif found.identifier is Identifier.COMMAND:
                self._execute(found.content)
            elif found.identifier is not Identifier.ACKNOWLEDGE:
                self._take_data(found)

    def to_send(self) -> bytes:
        """Everything that the reader wants to say by now; it is said once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def power_on(self) -> None:
        """Start anew as after power was applied: buffers are lost, parameters stay, 0x55 is sent."""
        self._deframer.reset()
        self._out.clear()
        self._download = None
        self.hung = False
        self.lose_power()
        self._out.append(commands.HANDSHAKE_SIGN)

    def _answer_fault(self, fault: Fault) -> None:
        answer = _FAULT_ANSWERS.get(fault.kind)
        if answer is not None and not self.hung:
            self._acknowledge(answer)

    def _execute(self, content: bytes) -> None:
        code, arguments = content[0], content[1:]
        self.last_command = code
        self._download = None  # a command ends a download that was not finished
        if self.hung and code != Instruction.SOFT_RST:
            return
        try:
            self._refuse(code, arguments)
            if code in library.COMMANDS:
                self._acknowledge(Confirmation.OK, self.library.run(code, arguments))
            elif code in reader_state.COMMANDS:
                parameters = reader_state.COMMANDS[code].run(self, arguments)
                self._deframer.address = self.address  # SetAdder changes it
                self._acknowledge(Confirmation.OK, parameters)
            else:
                self._handlers[code].run(self, arguments)
        except Refused as refusal:
            self._acknowledge(refusal.confirmation, refusal.parameters)

    def _refuse(self, code: int, arguments: bytes) -> None:
        """Raises Refused for a command that this reader does not begin with."""
        known = library.COMMANDS.get(code) or reader_state.COMMANDS.get(code) or self._handlers.get(code)
        if known is None or (code in _R503_ONLY and self.model is not R503):
            raise Refused(Confirmation.UNSUPPORTED_COMMAND)
        if len(arguments) != known.argument_bytes:
            raise Refused(Confirmation.PACKET_ERROR)
        if not self._open_to(code):
            raise Refused(Confirmation.PASSWORD_REQUIRED)

    def _open_to(self, code: int) -> bool:
        """Manual: with another password than the factory's, "the first instruction must be verify password".

        A reader that hangs is past asking: SoftRst is then what its watchdog would do.
        """
        return self.verified or self.password == FACTORY_PASSWORD or code == Instruction.VFY_PWD or self.hung

    def _acknowledge(self, confirmation: int, parameters: bytes = b"") -> None:
        content = bytes([confirmation]) + parameters
        self._out += Packet(Identifier.ACKNOWLEDGE, content, self.address).to_bytes()

    def _send_data(self, data: bytes) -> None:
        size = self.parameters.packet_bytes
        for start in range(0, len(data), size):
            last = start + size >= len(data)
            identifier = Identifier.END_OF_DATA if last else Identifier.DATA
            self._out += Packet(identifier, data[start : start + size], self.address).to_bytes()

    def _take_data(self, packet: Packet) -> None:
        """What follows DownChar; the manual has no answer to it. Anything else than a template's size is dropped."""
        if self._download is None:
            return
        number, held = self._download
        held += packet.content
        last = packet.identifier is Identifier.END_OF_DATA
        if last and len(held) == self.model.template_bytes:
            self.library.put(number, bytes(held))
        if last or len(held) > self.model.template_bytes:
            self._download = None

    def _gen_img(self, _: bytes) -> None:
        if self.finger is None:
            raise Refused(Confirmation.NO_FINGER)
        self.image = image.pack(self.finger)
        self._acknowledge(Confirmation.OK)

    def _gen_char(self, arguments: bytes) -> None:
        if self.image is None:
            raise Refused(Confirmation.NO_VALID_IMAGE)
        self.library.describe(image.unpack(self.image, self.model.width, self.model.height), arguments[0])
        self._acknowledge(Confirmation.OK)

    def _up_image(self, _: bytes) -> None:
        if self.image is None:
            raise Refused(Confirmation.UPLOAD_IMAGE_FAILED)
        self._acknowledge(Confirmation.OK)
        self._send_data(self.image)

    def _up_char(self, arguments: bytes) -> None:
        content = self.library.content(arguments[0])
        self._acknowledge(Confirmation.OK)
        self._send_data(content)

    def _down_char(self, arguments: bytes) -> None:
        if not 1 <= arguments[0] <= self.model.character_buffers:
            raise Refused(Confirmation.RECEIVE_DATA_FAILED)
        self._acknowledge(Confirmation.OK)
        self._download = (arguments[0], bytearray())

    def _soft_rst(self, _: bytes) -> None:
        self._acknowledge(Confirmation.OK)
        answered = self.to_send()
        self.power_on()
        self._out[:0] = answered

    def _echo(self, _: bytes) -> None:
        self._acknowledge(commands.HANDSHAKE_SIGN)

    _handlers: ClassVar[dict[int, Handler[R503Session, None]]] = {
        Instruction.GEN_IMG: Handler(0, _gen_img),
        Instruction.GEN_CHAR: Handler(1, _gen_char),
        Instruction.UP_IMAGE: Handler(0, _up_image),
        Instruction.UP_CHAR: Handler(1, _up_char),
        Instruction.DOWN_CHAR: Handler(1, _down_char),
        Instruction.SOFT_RST: Handler(0, _soft_rst),
        Instruction.GET_ECHO: Handler(0, _echo),
    }
