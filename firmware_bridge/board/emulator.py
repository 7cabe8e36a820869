"""An emulated bridge board: the very firmware, on stand-ins of its pins, behind a pseudo terminal. Impure: a process.

`python -m firmware_bridge.emulate board FOLDER`: the board's flash is FOLDER. It begins without power, so that buttons
can be held at its start, and writes the port's path first, then an answer per command:

    power, cut             switch on, cut the power at once
    press, release BUTTON  pay or stop
    open, shut             the case
    place SEED, lift       a finger on the reader
    fault TROUBLE COMMAND  goes wrong with the reader at the next such command (`r503.fault_script`)
    show                   ring, buzzer and reader, as JSON

It ends at the end of its input.
"""

from __future__ import annotations

import json
import os
import pty
import sys
import threading
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from firmware_bridge.board.pins import Bench, PowerCut, install
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.fault_script import strike_of

_PINS: Final = {"pay": "PAY_PIN", "stop": "STOP_PIN", "case": "CASE_PIN"}


@dataclass(slots=True)
class _Console:
    """What one line on standard input does."""

    bench: Bench
    start: Callable[[], None]
    stop: Callable[[], None]
    touches: dict[int, int] = field(default_factory=dict)

    def obey(self, command: str) -> str:
        """Do what one line says; what to answer."""
        match command.split():
            case [("press" | "release") as what, ("pay" | "stop") as button]:
                self._hold(button, down=what == "press")
            case [("open" | "shut") as what]:
                self._hold("case", down=what == "shut")
            case ["place", seed] if seed.isascii() and seed.isdigit():
                self._place(int(seed))
            case ["lift"]:
                with self.bench.lock:
                    self.bench.reader.finger = None
            case ["fault", *words]:
                return self._strike(words)
            case ["cut"]:
                self.stop()
            case ["power"]:
                self.start()
            case ["show"]:
                return json.dumps(self._shown())
            case _:
                return f"unknown command {command.strip()[:20]!r}"
        return "ok"

    def _strike(self, words: list[str]) -> str:
        try:
            strike = strike_of(words)
        except ValueError as error:
            return f"unknown command: {error}"
        with self.bench.lock:
            self.bench.faults.add(strike)
        return "ok"

    def _hold(self, what: str, *, down: bool) -> None:
        from firmware_bridge.firmware import hardware  # late: it imports the pins, which are there by now

        number = int(getattr(hardware, _PINS[what]))
        with self.bench.lock:
            (self.bench.low.add if down else self.bench.low.discard)(number)

    def _place(self, seed: int) -> None:
        touch = self.touches[seed] = self.touches.get(seed, 0) + 1
        impression = SyntheticFinger(seed).impression(touch)  # a second's work: the firmware must not wait for it
        with self.bench.lock:
            self.bench.reader.finger = impression

    def _shown(self) -> dict[str, Any]:
        with self.bench.lock:
            aura = self.bench.reader.aura
            return {
                "ring": self.bench.ring,
                "buzzing_hz": self.bench.buzzing_hz,
                "starved": self.bench.starved,
                "reader_baud": self.bench.reader.parameters.baud,
                "aura": None if aura is None else aura.control.name.lower(),
            }


class _Runner:
    """The firmware in a thread, from one start to the next power cut."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._bench.powered = True
        self._thread = threading.Thread(target=self._run, name="firmware", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._bench.powered = False
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        from firmware_bridge.firmware.main import main as firmware  # late, as above

        try:
            firmware()
        except PowerCut:
            return


def run(folder: Path, unique_id: str) -> int:
    """Until the end of standard input; returns the exit status. `unique_id`: 16 hexadecimal digits."""
    commands, answers = sys.stdin, sys.stdout
    inner, outer = pty.openpty()
    tty.setraw(outer)
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    bench = Bench(bytes.fromhex(unique_id))
    install(bench, inner)
    runner = _Runner(bench)
    console = _Console(bench, runner.start, runner.stop)
    console.obey("shut")
    answers.write(f"{os.ttyname(outer)}\n")
    answers.flush()
    for line in commands:
        answers.write(f"{console.obey(line)}\n")
        answers.flush()
    runner.stop()
    return 0
