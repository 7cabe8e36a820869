"""A line to an emulated reader without an operating system: virtual time, and a zoo of ways to carry bytes."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.r503 import commands
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.packets import Identifier, Packet
from firmware_bridge.r503.parameters import SystemParameters
from firmware_bridge.r503.reader import LIFTED_POLLS, R503Reader

ACKNOWLEDGED = Packet(Identifier.ACKNOWLEDGE, b"\0").to_bytes()

Finger = NDArray[np.uint8]
Transport = Callable[[bytes], Iterable[bytes]]
Scene = Callable[[float], "Finger | None"]


def finger(seed: int = 1) -> Finger:
    """An image in which every pixel matters."""
    return np.random.default_rng(seed).integers(0, 256, (192, 192), dtype=np.uint8)


def at_four_bits(image: Finger) -> Finger:
    """What an upload leaves of an image."""
    return ((image >> 4) * 17).astype(np.uint8)


def fast_session() -> R503Session:
    """A reader that was set up before: the library sleeps 0.25 s per parameter that it sets."""
    return R503Session(parameters=SystemParameters(baud_step=12, packet_code=3))


def placed_after(image: Finger, seconds: float) -> Scene:
    """Nobody, then a finger."""
    return lambda now_s: image if now_s >= seconds else None


def once_awaited(arrive: Callable[[], object]) -> Callable[[], bool]:
    """A capture's `cancelled` that never cancels, but lets the finger `arrive` once the reader waits for one.

    The reader asks it after each look: LIFTED_POLLS times while it makes sure that the glass is free, then on.
    """
    asked = count(1)

    def cancelled() -> bool:
        if next(asked) == LIFTED_POLLS + 1:
            arrive()
        return False

    return cancelled


def clean(data: bytes) -> Iterable[bytes]:
    yield data


def one_byte_at_a_time(data: bytes) -> Iterable[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


def lossy(seed: int, loss: float) -> Transport:
    """Each byte is lost with the chance `loss`."""
    rng = random.Random(seed)
    return lambda data: [bytes(byte for byte in data if rng.random() >= loss)]


def corrupting(seed: int, flips: float) -> Transport:
    """Each byte has one bit flipped with the chance `flips`."""
    rng = random.Random(seed)
    return lambda data: [bytes(b ^ (1 << rng.randrange(8)) if rng.random() < flips else b for b in data)]


def chopped(seed: int) -> Transport:
    """Pieces of 1 to 300 bytes."""
    rng = random.Random(seed)

    def carry(data: bytes) -> Iterable[bytes]:
        at = 0
        while at < len(data):
            size = rng.randint(1, 300)
            yield data[at : at + size]
            at += size

    return carry


@dataclass
class VirtualClock:
    """Seconds that pass only when somebody waits."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class SessionLine:
    """A `Line` whose far end is a session: bytes take their time, and a wrong baud rate is silence."""

    session: R503Session = field(default_factory=fast_session)
    clock: VirtualClock = field(default_factory=VirtualClock)
    transport: Transport = clean
    scene: Scene = lambda _: None
    reader_baud: int | None = None
    """Where the reader keeps its rate whatever it is told: the manual allows that until the next power-on."""
    name: str = "virtual line"
    baud: int = commands.DEFAULT_BAUD
    coming: deque[bytes] = field(default_factory=deque)
    sent: list[bytes] = field(default_factory=list)
    closed: bool = False

    def receive(self, timeout_s: float) -> bytes:
        if not self.coming:
            self.clock.sleep(timeout_s)
            return b""
        piece = self.coming.popleft()
        self.clock.sleep(len(piece) * 10 / self.baud)
        return piece

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        self.session.finger = self.scene(self.clock.now_s)
        if self.baud != (self.reader_baud or self.session.parameters.baud):
            return
        for piece in self.transport(data):
            self.session.receive(piece)
        self.coming.extend(piece for piece in self.transport(self.session.to_send()) if piece)

    def set_baud(self, baud: int) -> None:
        self.baud = baud

    def discard_input(self) -> None:
        self.coming.clear()

    def close(self) -> None:
        self.closed = True


@dataclass
class ScriptedLine(SessionLine):
    """Answers one instruction with bytes of the test's own, the rest as the session does."""

    answers: dict[int, Iterable[bytes]] = field(default_factory=dict)

    def send(self, data: bytes) -> None:
        super().send(data)
        if data[9] in self.answers:
            self.coming.clear()
            self.coming.extend(self.answers[data[9]])


def open_reader(line: SessionLine, password: int = 0) -> R503Reader:
    """The reader on `line`, which was set up before, in the line's own time."""
    return R503Reader(line, password=password, baud=115_200, clock=line.clock, sleep=line.clock.sleep)
