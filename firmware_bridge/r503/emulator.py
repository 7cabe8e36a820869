"""The far end of the line: an R503 or R307 as a sans-IO session: bytes in by `receive`, out by `to_send`. Pure.

It answers byte for byte as the manual says a reader does: address, length and checksum are verified, the password
is asked for when it is not the factory's, parameters change what happens next, images travel in packets of the
configured size. It takes bytes in pieces of any size and never holds more than a bounded number of them.

Its finger library is empty: the product never stores a template in a reader, so the commands that store, search and
compare are answered as unsupported.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.r503 import commands, image
from firmware_bridge.r503.commands import AuraColor, AuraControl, Instruction, Parameter
from firmware_bridge.r503.framing import Deframer, Fault, FaultKind
from firmware_bridge.r503.models import R503, ReaderModel
from firmware_bridge.r503.packets import DEFAULT_ADDRESS, Identifier, Packet
from firmware_bridge.r503.parameters import Aura, SystemParameters
from firmware_bridge.r503.product import ProductInfo
from firmware_bridge.r503.status import Confirmation

FACTORY_PASSWORD = 0
"""Manual: "the default password of the module is 0x00000000"."""

MAX_PENDING_BYTES = 64 * 1024
"""Three images of an R503: a host that sends commands without reading the answers is not heard beyond that."""

LIBRARY_SIZE = 200
"""Manual, chapter I: "storage capacity 200"."""

TEMPLATE_BYTES = 1536
"""Manual, chapter I: "template size 1536 bytes"."""

INDEX_TABLE_BYTES = 32
"""ReadIndexTable: "up to 256 at a time (32 bytes)"."""

FEATURE_CONTRAST_MIN = 8.0
"""Standard deviation of grey levels under which GenChar finds no features: 8 of 255 is half a step of 16 levels,
that is, no ridges at all."""

EMULATED_PRODUCT = ProductInfo(
    model="R503-EMULATED",
    batch_number="0001",
    serial_number="EMU00001",
    hardware_version=(1, 2),
    sensor_model="EMULATED",
    width=R503.width,
    height=R503.height,
    template_bytes=TEMPLATE_BYTES,
    library_size=LIBRARY_SIZE,
)

_STATUS_VERIFIED = 1 << 2
"""ReadSysPara's register, "PWD: verified device's handshaking password"."""
_STATUS_IMAGE = 1 << 3
"""The same, "ImgBufStat: image buffer contains valid image"."""

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

_CONTROLS = frozenset(int(control) for control in AuraControl)
_COLORS = frozenset(int(color) for color in AuraColor)

_PARAMETER_VALUES: dict[int, frozenset[int]] = {
    Parameter.BAUD_RATE: frozenset(commands.BAUD_STEPS),
    Parameter.SECURITY_LEVEL: frozenset(commands.SECURITY_LEVELS),
    Parameter.PACKET_LENGTH: frozenset(range(len(commands.PACKET_BYTES))),
}


@dataclass(frozen=True, slots=True)
class _Handler:
    """How many bytes an instruction's arguments have, and what it does."""

    argument_bytes: int
    run: Callable[[R503Session, bytes], None]


@dataclass(slots=True)
class R503Session:
    """One emulated reader. `finger` is what lies on it: uint8[H, W] of `model`, or None."""

    address: int = DEFAULT_ADDRESS
    password: int = FACTORY_PASSWORD
    parameters: SystemParameters = field(default_factory=SystemParameters)
    product: ProductInfo = EMULATED_PRODUCT
    model: ReaderModel = R503
    finger: NDArray[np.uint8] | None = None
    aura: Aura | None = None
    _image: bytes | None = None
    _verified: bool = False
    _out: bytearray = field(default_factory=bytearray)
    _deframer: Deframer = field(init=False)

    def __post_init__(self) -> None:
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

    def to_send(self) -> bytes:
        """Everything that the reader wants to say by now; it is said once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def power_on(self) -> None:
        """Start anew as after power was applied: buffers are lost, parameters stay, 0x55 is sent."""
        self._deframer.reset()
        self._out.clear()
        self._image = None
        self._verified = False
        self.aura = None
        self._out.append(commands.HANDSHAKE_SIGN)

    def _answer_fault(self, fault: Fault) -> None:
        answer = _FAULT_ANSWERS.get(fault.kind)
        if answer is not None:
            self._acknowledge(answer)

    def _execute(self, content: bytes) -> None:
        code, arguments = content[0], content[1:]
        handler = self._handlers.get(code)
        if handler is None or (code in _R503_ONLY and self.model is not R503):
            self._acknowledge(Confirmation.UNSUPPORTED_COMMAND)
        elif len(arguments) != handler.argument_bytes:
            self._acknowledge(Confirmation.PACKET_ERROR)
        elif not self._open_to(code):
            self._acknowledge(Confirmation.PASSWORD_REQUIRED)
        else:
            handler.run(self, arguments)

    def _open_to(self, code: int) -> bool:
        """Manual: with another password than the factory's, "the first instruction must be verify password"."""
        return self._verified or self.password == FACTORY_PASSWORD or code == Instruction.VFY_PWD

    def _acknowledge(self, confirmation: int, parameters: bytes = b"") -> None:
        content = bytes([confirmation]) + parameters
        self._out += Packet(Identifier.ACKNOWLEDGE, content, self.address).to_bytes()

    def _send_data(self, data: bytes) -> None:
        size = self.parameters.packet_bytes
        for start in range(0, len(data), size):
            last = start + size >= len(data)
            identifier = Identifier.END_OF_DATA if last else Identifier.DATA
            self._out += Packet(identifier, data[start : start + size], self.address).to_bytes()

    def _gen_img(self, _: bytes) -> None:
        if self.finger is None:
            self._acknowledge(Confirmation.NO_FINGER)
            return
        self._image = image.pack(self.finger)
        self._acknowledge(Confirmation.OK)

    def _gen_char(self, arguments: bytes) -> None:
        if self._image is None:
            self._acknowledge(Confirmation.NO_VALID_IMAGE)
        elif float(image.unpack(self._image, self.model.width, self.model.height).std()) < FEATURE_CONTRAST_MIN:
            self._acknowledge(Confirmation.FEW_FEATURES)
        else:
            self._acknowledge(Confirmation.OK if 1 <= arguments[0] <= 6 else Confirmation.PACKET_ERROR)

    def _up_image(self, _: bytes) -> None:
        if self._image is None:
            self._acknowledge(Confirmation.UPLOAD_IMAGE_FAILED)
            return
        self._acknowledge(Confirmation.OK)
        self._send_data(self._image)

    def _set_sys_para(self, arguments: bytes) -> None:
        """A new baud rate holds from the first byte after this acknowledgement: `to_send` before reading `baud`."""
        number, value = arguments
        allowed = _PARAMETER_VALUES.get(number)
        if allowed is None:
            self._acknowledge(Confirmation.BAD_REGISTER_NUMBER)
            return
        if value not in allowed:
            self._acknowledge(Confirmation.BAD_REGISTER_CONFIGURATION)
            return
        self._acknowledge(Confirmation.OK)
        match number:
            case Parameter.BAUD_RATE:
                self.parameters.baud_step = value
            case Parameter.SECURITY_LEVEL:
                self.parameters.security_level = value
            case Parameter.PACKET_LENGTH:
                self.parameters.packet_code = value

    def _read_sys_para(self, _: bytes) -> None:
        verified = self._verified or self.password == FACTORY_PASSWORD
        register = (_STATUS_VERIFIED if verified else 0) | (_STATUS_IMAGE if self._image else 0)
        self._acknowledge(
            Confirmation.OK,
            struct.pack(
                ">HHHHIHH",
                register,
                self.model.system_id,
                LIBRARY_SIZE,
                self.parameters.security_level,
                self.address,
                self.parameters.packet_code,
                self.parameters.baud_step,
            ),
        )

    def _set_pwd(self, arguments: bytes) -> None:
        self.password = int.from_bytes(arguments, "big")
        self._verified = True
        self._acknowledge(Confirmation.OK)

    def _vfy_pwd(self, arguments: bytes) -> None:
        self._verified = int.from_bytes(arguments, "big") == self.password
        self._acknowledge(Confirmation.OK if self._verified else Confirmation.WRONG_PASSWORD)

    def _template_num(self, _: bytes) -> None:
        self._acknowledge(Confirmation.OK, bytes(2))

    def _read_index_table(self, _: bytes) -> None:
        self._acknowledge(Confirmation.OK, bytes(INDEX_TABLE_BYTES))

    def _aura_led_config(self, arguments: bytes) -> None:
        control, speed, color, cycles = arguments
        if control not in _CONTROLS or color not in _COLORS:
            self._acknowledge(Confirmation.PACKET_ERROR)
            return
        self.aura = Aura(AuraControl(control), speed, AuraColor(color), cycles)
        self._acknowledge(Confirmation.OK)

    def _read_prod_info(self, _: bytes) -> None:
        self._acknowledge(Confirmation.OK, self.product.to_bytes())

    def _soft_rst(self, _: bytes) -> None:
        self._acknowledge(Confirmation.OK)
        answered = self.to_send()
        self.power_on()
        self._out[:0] = answered

    def _succeed(self, _: bytes) -> None:
        self._acknowledge(Confirmation.OK)

    def _echo(self, _: bytes) -> None:
        self._acknowledge(commands.HANDSHAKE_SIGN)

    _handlers: ClassVar[dict[int, _Handler]] = {
        Instruction.GEN_IMG: _Handler(0, _gen_img),
        Instruction.GEN_CHAR: _Handler(1, _gen_char),
        Instruction.UP_IMAGE: _Handler(0, _up_image),
        Instruction.SET_SYS_PARA: _Handler(2, _set_sys_para),
        Instruction.READ_SYS_PARA: _Handler(0, _read_sys_para),
        Instruction.SET_PWD: _Handler(4, _set_pwd),
        Instruction.VFY_PWD: _Handler(4, _vfy_pwd),
        Instruction.TEMPLATE_NUM: _Handler(0, _template_num),
        Instruction.READ_INDEX_TABLE: _Handler(1, _read_index_table),
        Instruction.CANCEL: _Handler(0, _succeed),
        Instruction.AURA_LED_CONFIG: _Handler(4, _aura_led_config),
        Instruction.CHECK_SENSOR: _Handler(0, _succeed),
        Instruction.READ_PROD_INFO: _Handler(0, _read_prod_info),
        Instruction.SOFT_RST: _Handler(0, _soft_rst),
        Instruction.HAND_SHAKE: _Handler(0, _succeed),
        Instruction.GET_ECHO: _Handler(0, _echo),
    }
