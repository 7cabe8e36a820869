"""A capture from an emulated reader on a real port, and whether it is what lay on the glass."""

from __future__ import annotations

import numpy as np

from firmware_bridge.contract import FingerImage
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from tests.firmware_bridge.r503.lines import Finger, at_four_bits, once_awaited

HALF_AN_IMAGE = 9_000
"""Bytes of an R503's answer to UpImage; of an R307's it is a quarter."""


def opened(emulator: PtyEmulator, password: int = 0) -> R503Reader:
    """The driver, at the rate that the reader was set to."""
    return R503Reader.open(emulator.path, baud=115_200, password=password)


def captured(emulator: PtyEmulator, reader: R503Reader) -> FingerImage:
    """Of a finger that is laid on once the reader waits for it, and lifted at the end."""
    emulator.lift()
    arrives = once_awaited(lambda: emulator.place(_finger_for(emulator)))
    try:
        return reader.capture(timeout_s=60.0, cancelled=arrives)
    finally:
        emulator.lift()


def is_right(emulator: PtyEmulator, image: FingerImage) -> bool:
    """To the pixel."""
    return np.array_equal(image.pixels, at_four_bits(_finger_for(emulator)))


def _finger_for(emulator: PtyEmulator) -> Finger:
    model = emulator.session.model
    return np.random.default_rng(1).integers(0, 256, (model.height, model.width), dtype=np.uint8)
