"""A cable that spoils what it carries, for whoever speaks to a bridge board. Impure: a serial port."""

from __future__ import annotations

import random

from firmware_bridge.board.bridge import USB_BAUD
from firmware_bridge.port import SerialLine


class NoisyLine:
    """A serial line on which bytes are lost, turned over and made up, seeded."""

    def __init__(self, path: str, seed: int) -> None:
        self._line = SerialLine(path, baud=USB_BAUD)
        self._chance = random.Random(seed)
        self.name = path
        self.spoiled = 0
        self.quiet = True

    def _spoil(self, data: bytes) -> bytes:
        if self.quiet or not data or self._chance.random() > 0.15:
            return data
        self.spoiled += 1
        at = self._chance.randrange(len(data))
        return data[:at] + self._chance.choice([b"", b"\0", bytes([data[at] ^ 0x10]), b"\xff\x00\xaa"]) + data[at + 1 :]

    def receive(self, timeout_s: float) -> bytes:
        return self._spoil(self._line.receive(timeout_s))

    def send(self, data: bytes) -> None:
        self._line.send(self._spoil(data))

    def set_baud(self, baud: int) -> None:
        self._line.set_baud(baud)

    def discard_input(self) -> None:
        self._line.discard_input()

    def close(self) -> None:
        self._line.close()
