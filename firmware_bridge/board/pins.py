"""MicroPython's pins for CPython: the modules that the firmware imports, over a pty, an emulated reader and a folder.

Source: the MicroPython documentation of `machine` (Pin, PWM, UART, WDT, unique_id), `neopixel`, `micropython`, `time`.
Only what the firmware uses, with the same arguments; anything else fails as it would on a board. Impure: it puts the
modules into `sys.modules` and replaces the standard streams, so it has a process of its own (see `emulator`).
"""

from __future__ import annotations

import io
import sys
import threading
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.fault_script import FaultScript, Hang, Pull, Restart, Say, Step, Wait

TICKS_PERIOD: Final = 1 << 30
"""As on MicroPython's ports with 32 bits: ticks go round."""
TICKS_START: Final = TICKS_PERIOD - 5_000
"""So that they go round five seconds after the start, in every test."""


class PowerCut(BaseException):
    """The board has no power: raised from whatever pin it touches next."""


@dataclass(slots=True)
class Bench:
    """What lies around the emulated board, and what it shows. Guarded by `lock`."""

    unique_id: bytes
    reader: R503Session = field(default_factory=R503Session)
    faults: FaultScript = field(default_factory=FaultScript)
    """What goes wrong with the reader."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    low: set[int] = field(default_factory=set)
    """Numbers of the pins that are held to ground."""
    ring: tuple[tuple[int, int, int], ...] = ()
    buzzing_hz: int = 0
    powered: bool = True
    starved: bool = False
    """Whether the watchdog was not fed in time."""

    def check_power(self) -> None:
        """Raises PowerCut where there is none."""
        if not self.powered:
            raise PowerCut


def install(bench: Bench, usb: int) -> None:
    """Become a board: `usb` is a descriptor of the terminal's end of the line, which is read and written raw."""
    machine = types.ModuleType("machine")
    members: dict[str, Any] = {
        "Pin": _bound(_Pin, bench),
        "PWM": _bound(_Pwm, bench),
        "UART": _bound(_Uart, bench),
        "WDT": _bound(_Watchdog, bench),
        "unique_id": lambda: bench.unique_id,
    }
    machine.__dict__.update(members)
    neopixel = types.ModuleType("neopixel")
    neopixel.__dict__["NeoPixel"] = _bound(_NeoPixel, bench)
    micropython = types.ModuleType("micropython")
    micropython.__dict__["kbd_intr"] = lambda character: None
    sys.modules |= {"machine": machine, "neopixel": neopixel, "micropython": micropython}
    began_s = time.monotonic()
    clock: dict[str, Callable[..., int]] = {
        "ticks_ms": lambda: (TICKS_START + int((time.monotonic() - began_s) * 1000)) % TICKS_PERIOD,
        "ticks_diff": lambda end, start: (end - start + TICKS_PERIOD // 2) % TICKS_PERIOD - TICKS_PERIOD // 2,
    }
    time.__dict__.update(clock)
    # MicroPython's streams have no buffer of their own, so that polling them tells the truth.
    raw = io.FileIO(usb, "r+", closefd=False)
    sys.stdin = sys.stdout = _UsbStream(raw)


def _bound(made: Callable[..., Any], bench: Bench) -> Any:
    """`made` with the bench as its first argument, and its constants."""

    def make(*arguments: Any, **settings: Any) -> Any:
        bench.check_power()
        return made(bench, *arguments, **settings)

    make.__dict__.update({name: value for name, value in vars(made).items() if name.isupper()})
    return make


class _UsbStream:
    def __init__(self, raw: io.FileIO) -> None:
        self.buffer = raw

    def fileno(self) -> int:
        return self.buffer.fileno()


class _Pin:
    IN = 0
    PULL_UP = 1

    def __init__(self, bench: Bench, number: int, mode: int = -1, pull: int = -1) -> None:
        self._bench, self.number = bench, number

    def value(self) -> int:
        self._bench.check_power()
        with self._bench.lock:
            return int(self.number not in self._bench.low)


class _Pwm:
    def __init__(self, bench: Bench, pin: _Pin) -> None:
        self._bench, self._hz = bench, 0

    def freq(self, hz: int) -> None:
        self._bench.check_power()
        self._hz = hz

    def duty_u16(self, duty: int) -> None:
        self._bench.check_power()
        with self._bench.lock:
            self._bench.buzzing_hz = self._hz if duty else 0


class _NeoPixel:
    def __init__(self, bench: Bench, pin: _Pin, count: int) -> None:
        self._bench, self._colours = bench, [(0, 0, 0)] * count

    def __setitem__(self, number: int, colour: tuple[int, int, int]) -> None:
        self._colours[number] = colour

    def write(self) -> None:
        self._bench.check_power()
        with self._bench.lock:
            self._bench.ring = tuple(self._colours)


class _Watchdog:
    def __init__(self, bench: Bench, timeout: int) -> None:
        self._bench, self._timeout_s = bench, timeout / 1000
        self._fed_s = time.monotonic()

    def feed(self) -> None:
        self._bench.check_power()
        now_s = time.monotonic()
        self._bench.starved |= now_s - self._fed_s > self._timeout_s
        self._fed_s = now_s


class _Uart:
    """The reader hangs on it. What the reader says beyond the buffer is lost, as on the chip."""

    def __init__(self, bench: Bench, number: int, *, tx: _Pin, rx: _Pin, rxbuf: int) -> None:
        self._bench, self._buffer_bytes, self._baud = bench, rxbuf, 0
        self._came = bytearray()
        self._due: list[tuple[float, bytes]] = []

    def init(self, *, baudrate: int, rxbuf: int) -> None:
        self._bench.check_power()
        self._baud, self._buffer_bytes = baudrate, rxbuf

    def any(self) -> int:
        self._bench.check_power()
        self._collect()
        return len(self._came)

    def read(self, most: int) -> bytes | None:
        self._bench.check_power()
        self._collect()
        data = bytes(self._came[:most])
        del self._came[:most]
        return data or None

    def write(self, data: bytes) -> int:
        self._bench.check_power()
        with self._bench.lock:
            reader = self._bench.reader
            baud = reader.parameters.baud
            # At another rate each end hears noise: for the reader, bytes that begin no packet.
            reader.last_command = None
            reader.receive(data if baud == self._baud else bytes(len(data)))
            self._play(self._bench.faults.play(reader.last_command, reader.to_send(), reader.address), baud)
        return len(data)

    def _play(self, steps: list[Step], baud: int) -> None:
        """The reader is soldered to the board: where its cable would be pulled, it hangs."""
        reader = self._bench.reader
        late_s = 0.0
        for step in steps:
            match step:
                case Say(said):
                    self._schedule(said if baud == self._baud else bytes(len(said)), baud, late_s)
                case Wait(seconds):
                    late_s += seconds
                case Restart():
                    reader.power_on()
                    self._schedule(reader.to_send(), baud, late_s)
                case Hang() | Pull():
                    reader.hung = True

    def _schedule(self, said: bytes, baud: int, late_s: float) -> None:
        """The reader's bytes come as fast as its line carries them: 10 bits each."""
        at_s = late_s + max(time.monotonic(), self._due[-1][0] if self._due else 0.0)
        step = 64
        for start in range(0, len(said), step):
            piece = said[start : start + step]
            at_s += len(piece) * 10 / baud
            self._due.append((at_s, piece))

    def _collect(self) -> None:
        now_s = time.monotonic()
        while self._due and self._due[0][0] <= now_s:
            _, piece = self._due.pop(0)
            self._came += piece[: self._buffer_bytes - len(self._came)]
