"""What the emulated reader keeps and is told about itself, with the commands that read and change it. Pure.

Answers are those of the manual's "System-related instructions" and "Other instructions".
"""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.r503 import commands
from firmware_bridge.r503.commands import AuraColor, AuraControl, Handler, Instruction, Parameter
from firmware_bridge.r503.library import FingerLibrary, Refused
from firmware_bridge.r503.models import R503, ReaderModel
from firmware_bridge.r503.packets import DEFAULT_ADDRESS
from firmware_bridge.r503.parameters import Aura, SystemParameters
from firmware_bridge.r503.product import ProductInfo
from firmware_bridge.r503.status import Confirmation

FACTORY_PASSWORD = 0
"""Manual: "the default password of the module is 0x00000000"."""

NOTEPAD_PAGES = 16
"""Manual: 512 bytes for the user's notes, in 16 pages of 32."""

NOTEPAD_PAGE_BYTES = 32

RANDOM_BYTES = 4

EMULATED_PRODUCT = ProductInfo(
    model="R503-EMULATED",
    batch_number="0001",
    serial_number="EMU00001",
    hardware_version=(1, 2),
    sensor_model="EMULATED",
    width=R503.width,
    height=R503.height,
    template_bytes=R503.template_bytes,
    library_size=R503.library_size,
)

_STATUS_MATCHED = 1 << 1
"""ReadSysPara's register, "pass: find the matching finger"."""
_STATUS_VERIFIED = 1 << 2
"""The same, "PWD: verified device's handshaking password"."""
_STATUS_IMAGE = 1 << 3
"""The same, "ImgBufStat: image buffer contains valid image"."""

_CONTROLS = frozenset(int(control) for control in AuraControl)
_COLORS = frozenset(int(color) for color in AuraColor)

PARAMETER_VALUES: dict[int, frozenset[int]] = {
    Parameter.BAUD_RATE: frozenset(commands.BAUD_STEPS),
    Parameter.SECURITY_LEVEL: frozenset(commands.SECURITY_LEVELS),
    Parameter.PACKET_LENGTH: frozenset(range(len(commands.PACKET_BYTES))),
}


@dataclass(slots=True)
class ReaderState:
    """One reader's. `finger` is what lies on it: uint8[H, W] of `model`, or None; `seed` is of its random numbers."""

    address: int = DEFAULT_ADDRESS
    password: int = FACTORY_PASSWORD
    parameters: SystemParameters = field(default_factory=SystemParameters)
    product: ProductInfo = EMULATED_PRODUCT
    model: ReaderModel = R503
    finger: NDArray[np.uint8] | None = None
    aura: Aura | None = None
    seed: int = 0
    library: FingerLibrary = field(init=False)
    notepad: dict[int, bytes] = field(default_factory=dict)
    image: bytes | None = None
    """ImageBuffer: what GenImg took, four bits per pixel."""
    verified: bool = False
    """Whether the password was told since the power came."""
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.library = FingerLibrary(self.model, self.parameters.security_level)
        self._random = random.Random(self.seed)  # noqa: S311 - an emulated reader's, no secret

    def lose_power(self) -> None:
        """Buffers, light and the password's verification are lost; what is in flash stays."""
        self.image = None
        self.verified = False
        self.aura = None
        self.library.power_on()

    def set_sys_para(self, arguments: bytes) -> bytes:
        """A new baud rate holds from the first byte after the acknowledgement."""
        number, value = arguments
        allowed = PARAMETER_VALUES.get(number)
        if allowed is None:
            raise Refused(Confirmation.BAD_REGISTER_NUMBER)
        if value not in allowed:
            raise Refused(Confirmation.BAD_REGISTER_CONFIGURATION)
        match number:
            case Parameter.BAUD_RATE:
                self.parameters.baud_step = value
            case Parameter.SECURITY_LEVEL:
                self.parameters.security_level = self.library.level = value
            case Parameter.PACKET_LENGTH:
                self.parameters.packet_code = value
        return b""

    def read_sys_para(self, _: bytes) -> bytes:
        """Status register, identifier, size of the library, security level, address, packet size, baud rate."""
        verified = self.verified or self.password == FACTORY_PASSWORD
        register = (_STATUS_VERIFIED if verified else 0) | (_STATUS_IMAGE if self.image else 0)
        register |= _STATUS_MATCHED if self.library.matched else 0
        return struct.pack(
            ">HHHHIHH",
            register,
            self.model.system_id,
            self.model.library_size,
            self.parameters.security_level,
            self.address,
            self.parameters.packet_code,
            self.parameters.baud_step,
        )

    def set_pwd(self, arguments: bytes) -> bytes:
        """Another password, which counts as told."""
        self.password = int.from_bytes(arguments, "big")
        self.verified = True
        return b""

    def vfy_pwd(self, arguments: bytes) -> bytes:
        """Whether this is the password."""
        self.verified = int.from_bytes(arguments, "big") == self.password
        if not self.verified:
            raise Refused(Confirmation.WRONG_PASSWORD)
        return b""

    def set_adder(self, arguments: bytes) -> bytes:
        """Another address, from the acknowledgement on."""
        self.address = int.from_bytes(arguments, "big")
        return b""

    def get_random_code(self, _: bytes) -> bytes:
        """RANDOM_BYTES, seeded: the same for every reader that was made alike."""
        return self._random.randbytes(RANDOM_BYTES)

    def write_notepad(self, arguments: bytes) -> bytes:
        """A page's number and its content."""
        self._check_notepad(arguments[0])
        self.notepad[arguments[0]] = arguments[1:]
        return b""

    def read_notepad(self, arguments: bytes) -> bytes:
        """A page's content; zeros where nothing was written."""
        self._check_notepad(arguments[0])
        return self.notepad.get(arguments[0], bytes(NOTEPAD_PAGE_BYTES))

    def aura_led_config(self, arguments: bytes) -> bytes:
        """Control, speed, colour, cycles."""
        control, speed, color, cycles = arguments
        if control not in _CONTROLS or color not in _COLORS:
            raise Refused(Confirmation.PACKET_ERROR)
        self.aura = Aura(AuraControl(control), speed, AuraColor(color), cycles)
        return b""

    def read_prod_info(self, _: bytes) -> bytes:
        """Which module this is."""
        return self.product.to_bytes()

    def succeed(self, _: bytes) -> bytes:
        """Cancel, CheckSensor, HandShake: nothing but OK."""
        return b""

    def _check_notepad(self, page: int) -> None:
        if page >= NOTEPAD_PAGES:
            raise Refused(Confirmation.BAD_NOTEPAD_PAGE)


COMMANDS: Final[Mapping[int, Handler[ReaderState, bytes]]] = {
    Instruction.SET_SYS_PARA: Handler(2, ReaderState.set_sys_para),
    Instruction.READ_SYS_PARA: Handler(0, ReaderState.read_sys_para),
    Instruction.SET_PWD: Handler(4, ReaderState.set_pwd),
    Instruction.VFY_PWD: Handler(4, ReaderState.vfy_pwd),
    Instruction.SET_ADDER: Handler(4, ReaderState.set_adder),
    Instruction.GET_RANDOM_CODE: Handler(0, ReaderState.get_random_code),
    Instruction.WRITE_NOTEPAD: Handler(1 + NOTEPAD_PAGE_BYTES, ReaderState.write_notepad),
    Instruction.READ_NOTEPAD: Handler(1, ReaderState.read_notepad),
    Instruction.CANCEL: Handler(0, ReaderState.succeed),
    Instruction.AURA_LED_CONFIG: Handler(4, ReaderState.aura_led_config),
    Instruction.CHECK_SENSOR: Handler(0, ReaderState.succeed),
    Instruction.READ_PROD_INFO: Handler(0, ReaderState.read_prod_info),
    Instruction.HAND_SHAKE: Handler(0, ReaderState.succeed),
}
"""Those whose answer is one acknowledge packet that begins with OK or says why not."""
