"""F4: an image from UpImage to the picture, over what its bytes take on the line at the reader's rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503 import image
from firmware_bridge.r503.commands import BITS_PER_BYTE, FASTEST_BAUD, PACKET_BYTES, Instruction
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.models import MODELS, ReaderModel
from firmware_bridge.r503.packets import CHECKSUM_BYTES, PROLOGUE_BYTES, Identifier, Packet
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import LIFTED_POLLS, R503Reader
from tests.bench.figure import Figure, ratio

GOAL: Final = 1.1
TIMEOUT_S: Final = 60.0

Tell = Callable[[str], None]


def f4(rounds: int, tell: Tell) -> Iterator[Figure]:
    """Of each model, from UpImage to the picture, on an emulated reader that keeps its line's bit rate."""
    for model in MODELS:
        finger = SyntheticFinger(1).impression(1, width=model.width, height=model.height, dpi=model.dpi)
        expected = image.unpack(image.pack(finger), model.width, model.height)
        took_s: list[float] = []
        sound = True
        with (
            PtyEmulator(R503Session(model=model), real_time=True) as emulator,
            R503Reader.open(emulator.path) as reader,
        ):
            for number in range(1, rounds + 1):
                tell(f"F4: {model.name}, image {number} of {rounds}")
                uploaded, seconds = _upload(emulator, reader, finger)
                sound = sound and np.array_equal(uploaded, expected)
                took_s.append(seconds)
        yield ratio(
            f"F4-{model.name}",
            f"an image of an emulated {model.name} ({model.width}x{model.height}), at {FASTEST_BAUD:,} bits a second",
            took_s,
            [on_the_line_s(model)],
            bound=GOAL,
            peer="its command, answer and packets at that rate, computed",
            sound=sound,
        )


def on_the_line_s(model: ReaderModel) -> float:
    """What UpImage, its acknowledgement and the image in the largest packets take, one after the other."""
    command = len(Packet(Identifier.COMMAND, bytes([Instruction.UP_IMAGE])).to_bytes())
    answer = len(Packet(Identifier.ACKNOWLEDGE, b"\0").to_bytes())
    packets = -(-model.packed_bytes // max(PACKET_BYTES))
    data = model.packed_bytes + packets * (PROLOGUE_BYTES + CHECKSUM_BYTES)
    return (command + answer + data) * BITS_PER_BYTE / FASTEST_BAUD


def _upload(emulator: PtyEmulator, reader: R503Reader, finger: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """The picture, and how long it was on its way."""
    looks = 0
    began_s = 0.0

    def look() -> bool:
        nonlocal looks
        looks += 1
        if looks == LIFTED_POLLS + 1:
            emulator.place(finger)
        return False

    def progress(part: float) -> None:
        nonlocal began_s
        if part == 0.0:
            began_s = time.perf_counter()

    emulator.lift()
    picture = reader.capture(timeout_s=TIMEOUT_S, progress=progress, cancelled=look)
    return picture.pixels, time.perf_counter() - began_s
