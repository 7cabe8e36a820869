"""Instruction codes, parameters and light codes of the R503. Pure; values and their sentences are the manual's.

Source: R503 Fingerprint Module User Manual (Hangzhou Grow Technology), chapters III and V. 0x1B and 0x53 are not in it:
they are a search and an echo that older readers of the family have and that `adafruit_fingerprint` sends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

Owner = TypeVar("Owner")
Answer = TypeVar("Answer")


class Instruction(IntEnum):
    """Manual, "Instruction Table": code, identifier, description. Only what driver or emulator speak."""

    GEN_IMG = 0x01
    """GenImg: "detecting finger and store the detected finger image in ImageBuffer"."""
    GEN_CHAR = 0x02
    """GenChar: "to generate character file from the original finger image in ImageBuffer"."""
    MATCH = 0x03
    """Match: "carry out precise matching of templates from CharBuffer1 and CharBuffer2"."""
    SEARCH = 0x04
    """Search: "search the whole finger library for the template that matches the one in CharBuffer1 or CharBuffer2"."""
    REG_MODEL = 0x05
    """RegModel: "to combine information of character files and generate a template"."""
    STORE = 0x06
    """Store: "store the template of specified buffer at the designated location of Flash library"."""
    LOAD_CHAR = 0x07
    """LoadChar: "load template at the specified location of Flash library to template buffer"."""
    UP_CHAR = 0x08
    """UpChar: "upload the data in template buffer to the upper computer"."""
    DOWN_CHAR = 0x09
    """DownChar: "upper computer download template to module buffer"."""
    UP_IMAGE = 0x0A
    """UpImage: "to upload the image in Img_Buffer to upper computer"."""
    DELETE_CHAR = 0x0C
    """DeletChar: "delete a segment of templates of Flash library started from the specified location"."""
    EMPTY = 0x0D
    """Empty: "to delete all the templates in the Flash library"."""
    SET_SYS_PARA = 0x0E
    """SetSysPara: "operation parameter settings"."""
    READ_SYS_PARA = 0x0F
    """ReadSysPara: "read module's status register and system basic configuration parameters"."""
    SET_PWD = 0x12
    """SetPwd: "set module's handshaking password"."""
    VFY_PWD = 0x13
    """VfyPwd: "verify module's handshaking password"."""
    GET_RANDOM_CODE = 0x14
    """GetRandomCode: "to command the module to generate a random number", four bytes."""
    SET_ADDER = 0x15
    """SetAdder: "set module address"; the answer carries the new one already."""
    WRITE_NOTEPAD = 0x18
    """WriteNotepad: "upper computer to write data to the specified Flash page", 32 bytes."""
    READ_NOTEPAD = 0x19
    """ReadNotepad: "to read the specified page's data content"."""
    HIGH_SPEED_SEARCH = 0x1B
    """Not in the R503's manual; a search as 0x04."""
    TEMPLATE_NUM = 0x1D
    """TempleteNum: "read the current valid template number of the module"."""
    READ_INDEX_TABLE = 0x1F
    """ReadIndexTable: "read the fingerprint template index table of the module, up to 256 at a time"."""
    CANCEL = 0x30
    """Cancel: "cancel instruction"."""
    AURA_LED_CONFIG = 0x35
    """AuraLedConfig: "aura LED control"."""
    CHECK_SENSOR = 0x36
    """CheckSensor: "check whether the sensor is normal"."""
    READ_PROD_INFO = 0x3C
    """ReadProdInfo: "read product information"."""
    SOFT_RST = 0x3D
    """SoftRst: "if the module works normally, return confirmation code 0x00, then perform reset operation"."""
    HAND_SHAKE = 0x40
    """HandShake: "if the module works normally, the confirmation code 0x00 will be returned"."""
    GET_ECHO = 0x53
    """Not in the R503's manual; answered with 0x55 by readers that know it."""


class Parameter(IntEnum):
    """SetSysPara's parameter numbers."""

    BAUD_RATE = 4
    """ "Its value is an integer N, N = [1/2/4/6/12]. Corresponding baud rate is 9600 * N bps"."""
    SECURITY_LEVEL = 5
    """ "Matching threshold value of fingerprint searching and matching", 1 to 5."""
    PACKET_LENGTH = 6
    """ "0, 1, 2, 3, corresponding to 32, 64, 128, 256 bytes"."""


BITS_PER_BYTE = 10
"""Manual: "transferring frame format is 10 bit: the low-level starting bit, 8-bit data, and an ending bit"."""

BAUD_UNIT = 9600
"""Baud rate per step of parameter 4."""

BAUD_STEPS = (1, 2, 4, 6, 12)
"""The values that parameter 4 takes."""

DEFAULT_BAUD = 57_600
"""Manual: "the default baud rate is 57600 bps"."""

FASTEST_BAUD = BAUD_UNIT * BAUD_STEPS[-1]

PACKET_BYTES = (32, 64, 128, 256)
"""Content bytes per data packet, by the value of parameter 6."""

DEFAULT_PACKET_CODE = 2
"""Manual, UpImage: "the value is 128 bytes before delivery"."""

LARGEST_PACKET_CODE = len(PACKET_BYTES) - 1

SECURITY_LEVELS = range(1, 6)
DEFAULT_SECURITY_LEVEL = 3

HANDSHAKE_SIGN = 0x55
"""Manual: after power-on and reset the module "will immediately send a byte (0x55)"."""


class AuraControl(IntEnum):
    """AuraLedConfig's control code."""

    BREATHING = 1
    FLASHING = 2
    ON = 3
    OFF = 4
    GRADUALLY_ON = 5
    GRADUALLY_OFF = 6


class AuraColor(IntEnum):
    """AuraLedConfig's colour index. Modules from before 2021 know the first three only."""

    RED = 1
    BLUE = 2
    PURPLE = 3
    GREEN = 4
    YELLOW = 5
    CYAN = 6
    WHITE = 7


@dataclass(frozen=True, slots=True)
class Handler(Generic[Owner, Answer]):
    """What an emulated reader does at an instruction: how many bytes its arguments have, and its owner's method."""

    argument_bytes: int
    run: Callable[[Owner, bytes], Answer]
