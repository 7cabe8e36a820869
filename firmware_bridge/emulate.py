"""`python -m firmware_bridge.emulate r503|r307|board`: an emulated device for another program, obeying line by line.

Impure: a pty, a thread, standard input and output. It writes the port's path as its first line, then `ok` or a reason
per command. A reader's: `place` (a new impression of its finger; `place 7`: of finger 7, an impostor's; `place wet`,
`dry`, `aside` or `turned`: of its finger in that state), `residue` (the last impression's print, left on the glass and
breathed upon), `lift`, `light`, `unplug`, `replug`, and `fault TROUBLE COMMAND [SECONDS]` such as
`fault noise up_image`, which strikes once, at the next such command (`r503.fault_script` says what there is). A bridge
board's are in `board.emulator`. It ends at the end of its input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.board import emulator
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.finger_synthesis.artefacts import reactivated
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.fault_script import strike_of
from firmware_bridge.r503.models import R307, R503
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader_state import FACTORY_PASSWORD

STATES: Final[Mapping[str, Mapping[str, float]]] = {
    "wet": {"moisture": 1.0},
    "dry": {"moisture": -1.0},
    "aside": {"shift_x_px": 120.0},
    "turned": {"rotation_rad": 0.8},
}
"""How a finger can be laid down to nobody's advantage: what differs from a good contact."""


@dataclass(slots=True)
class ReaderConsole:
    """Commands for one emulated reader and the fingers that touch it, each known by its seed."""

    emulator: PtyEmulator
    finger_seed: int
    _fingers: dict[int, SyntheticFinger] = field(default_factory=dict)
    _touches: dict[int, int] = field(default_factory=dict)
    _last: NDArray[np.uint8] | None = None

    def obey(self, command: str) -> str:
        """Do what one line says; return what to answer."""
        words = command.split()
        known = f"place [FINGER or {', '.join(STATES)}], residue, lift, light, unplug, replug or fault"
        return self._touch(words) or self._wire(words) or f"unknown command {command.strip()[:20]!r}: {known}"

    def _touch(self, words: list[str]) -> str:
        """What concerns the glass; empty for anything else."""
        match words:
            case ["place"]:
                self._place(self.finger_seed)
            case ["place", seed] if seed.isascii() and seed.isdigit():
                self._place(int(seed))
            case ["place", state] if state in STATES:
                self._place(self.finger_seed, STATES[state])
            case ["residue"] if self._last is not None:
                self.emulator.place(reactivated(self._last, np.random.default_rng(self.finger_seed)))
            case ["residue"]:
                return "nobody touched the glass yet"
            case ["lift"]:
                self.emulator.lift()
            case _:
                return ""
        return "ok"

    def _wire(self, words: list[str]) -> str:
        """What concerns the cable and the light; empty for anything else."""
        match words:
            case ["light"]:
                aura = self.emulator.aura
                return "none" if aura is None else f"{aura.control.name.lower()} {aura.color.name.lower()}"
            case ["unplug"]:
                self.emulator.unplug()
            case ["replug"] if not self.emulator.plugged:
                self.emulator.replug()
            case ["fault", *fault]:
                return self._strike(fault)
            case _:
                return ""
        return "ok"

    def _strike(self, words: list[str]) -> str:
        try:
            self.emulator.strike(strike_of(words))
        except ValueError as error:
            return str(error)
        return "ok"

    def _place(self, seed: int, state: Mapping[str, float] | None = None) -> None:
        finger = self._fingers.setdefault(seed, SyntheticFinger(seed))
        touch = self._touches[seed] = self._touches.get(seed, 0) + 1
        model = self.emulator.session.model
        contact = replace(finger.contact(touch), **(state or {}))
        self._last = finger.impression(touch, width=model.width, height=model.height, dpi=model.dpi, contact=contact)
        self.emulator.place(self._last)


def main(arguments: Sequence[str] | None = None, source: TextIO = sys.stdin, sink: TextIO = sys.stdout) -> int:
    """The command's entry; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.sensor == "board":
        return emulator.run(options.folder, options.unique_id)
    session = R503Session(password=options.password, model=R307 if options.sensor == "r307" else R503)
    with PtyEmulator(session, real_time=not options.instant) as reader:
        console = ReaderConsole(reader, options.finger_seed)
        _say(sink, reader.path)
        for line in source:
            _say(sink, console.obey(line))
    return 0


def _say(sink: TextIO, text: str) -> None:
    sink.write(f"{text}\n")
    sink.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_bridge.emulate", description="Emulated sensors.")
    sensors = parser.add_subparsers(dest="sensor", required=True)
    for name in ("r503", "r307"):
        reader = sensors.add_parser(name, help=f"a Grow {name.upper()} fingerprint reader on a pseudo terminal")
        reader.add_argument("--finger-seed", type=int, default=1, help="which synthetic finger touches it (default 1)")
        reader.add_argument(
            "--password",
            type=lambda text: int(text, 0),
            default=FACTORY_PASSWORD,
            help="the reader's password, decimal or 0x... (default: the factory's)",
        )
        reader.add_argument("--instant", action="store_true", help="do not keep the line's bit rate")
    board = sensors.add_parser("board", help="a bridge board with a reader, running the real firmware")
    board.add_argument("folder", type=Path, help="what it keeps without power")
    board.add_argument("--unique-id", default="e6605481db318a34", help="of its chip, 16 hexadecimal digits")
    return parser


if __name__ == "__main__":
    sys.exit(main())
