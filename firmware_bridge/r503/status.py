"""Confirmation codes of the R503 and the manual's sentence for each. Pure.

Source: R503 Fingerprint Module User Manual, chapter IV, "Check and acknowledgement of data package".
"""

from __future__ import annotations

from enum import IntEnum


class Confirmation(IntEnum):
    """The first byte of every acknowledge packet."""

    OK = 0x00
    PACKET_ERROR = 0x01
    NO_FINGER = 0x02
    ENROLL_FAILED = 0x03
    IMAGE_DISORDERLY = 0x06
    FEW_FEATURES = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    COMBINE_FAILED = 0x0A
    BAD_LOCATION = 0x0B
    TEMPLATE_INVALID = 0x0C
    UPLOAD_TEMPLATE_FAILED = 0x0D
    RECEIVE_DATA_FAILED = 0x0E
    UPLOAD_IMAGE_FAILED = 0x0F
    DELETE_FAILED = 0x10
    CLEAR_FAILED = 0x11
    WRONG_PASSWORD = 0x13
    NO_VALID_IMAGE = 0x15
    FLASH_WRITE_ERROR = 0x18
    UNDEFINED_ERROR = 0x19
    BAD_REGISTER_NUMBER = 0x1A
    BAD_REGISTER_CONFIGURATION = 0x1B
    BAD_NOTEPAD_PAGE = 0x1C
    PORT_FAILED = 0x1D
    LIBRARY_FULL = 0x1F
    ADDRESS_INCORRECT = 0x20
    PASSWORD_REQUIRED = 0x21
    TEMPLATE_EMPTY = 0x22
    LIBRARY_EMPTY = 0x24
    TIMEOUT = 0x26
    ALREADY_EXISTS = 0x27
    SENSOR_HARDWARE_ERROR = 0x29
    UNSUPPORTED_COMMAND = 0xFC
    HARDWARE_ERROR = 0xFD
    EXECUTION_FAILED = 0xFE


_SENTENCES: dict[int, str] = {
    Confirmation.OK: "command execution complete",
    Confirmation.PACKET_ERROR: "error when receiving data package",
    Confirmation.NO_FINGER: "no finger on the sensor",
    Confirmation.ENROLL_FAILED: "fail to enroll the finger",
    Confirmation.IMAGE_DISORDERLY: "over-disorderly fingerprint image",
    Confirmation.FEW_FEATURES: "lackness of character point or over-smallness of fingerprint image",
    Confirmation.NO_MATCH: "finger doesn't match",
    Confirmation.NOT_FOUND: "fail to find the matching finger",
    Confirmation.COMBINE_FAILED: "fail to combine the character files",
    Confirmation.BAD_LOCATION: "addressing PageID is beyond the finger library",
    Confirmation.TEMPLATE_INVALID: "error when reading template from library or the template is invalid",
    Confirmation.UPLOAD_TEMPLATE_FAILED: "error when uploading template",
    Confirmation.RECEIVE_DATA_FAILED: "module can't receive the following data packages",
    Confirmation.UPLOAD_IMAGE_FAILED: "error when uploading image",
    Confirmation.DELETE_FAILED: "fail to delete the template",
    Confirmation.CLEAR_FAILED: "fail to clear finger library",
    Confirmation.WRONG_PASSWORD: "wrong password",
    Confirmation.NO_VALID_IMAGE: "lackness of valid primary image",
    Confirmation.FLASH_WRITE_ERROR: "error when writing flash",
    Confirmation.UNDEFINED_ERROR: "no definition error",
    Confirmation.BAD_REGISTER_NUMBER: "invalid register number",
    Confirmation.BAD_REGISTER_CONFIGURATION: "incorrect configuration of register",
    Confirmation.BAD_NOTEPAD_PAGE: "wrong notepad page number",
    Confirmation.PORT_FAILED: "fail to operate the communication port",
    Confirmation.LIBRARY_FULL: "fingerprint library is full",
    Confirmation.ADDRESS_INCORRECT: "the address code is incorrect",
    Confirmation.PASSWORD_REQUIRED: "password must be verified",
    Confirmation.TEMPLATE_EMPTY: "fingerprint template is empty",
    Confirmation.LIBRARY_EMPTY: "fingerprint library is empty",
    Confirmation.TIMEOUT: "timeout",
    Confirmation.ALREADY_EXISTS: "fingerprints already exist",
    Confirmation.SENSOR_HARDWARE_ERROR: "sensor hardware error",
    Confirmation.UNSUPPORTED_COMMAND: "unsupported command",
    Confirmation.HARDWARE_ERROR: "hardware error",
    Confirmation.EXECUTION_FAILED: "command execution failure",
}


def sentence(code: int) -> str:
    """The manual's words for a confirmation code; "system reserved" for those it does not define."""
    return _SENTENCES.get(code, "system reserved")


def name(code: int) -> str:
    """A confirmation code's name here, with the manual's words."""
    known = code in _SENTENCES
    return f"{Confirmation(code).name if known else 'UNDEFINED'} ({sentence(code)})"
