"""`python -m demo.enrolling CONFIG --out FILE`: one person is enrolled at their terminal, by the product's own code.

Impure: emulated sensors, a file. What the person is told goes to standard output, line by line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from demo.errors import DemoError
from demo.people import FINGER_SEEDS, Party, party_of
from demo.portrait import load_face
from demo.sensors import Fingers, Room, camera_on
from demo.talk import FaceOf, FingerOf
from firmware_bridge.contract import FingerImage, FingerprintReader, Light
from firmware_bridge.errors import SensorError
from firmware_bridge.r503.reader import R503Reader
from models.bundle import Bundle
from models.errors import ModelError
from server_mqtt.contract.messages import Modality
from terminal.config import TerminalConfig, load_config
from terminal.enrolment import Wanted, capture_enrolment
from terminal.errors import TerminalError

LOOKS_BEFORE_TOUCH: Final = 4
"""The reader must have seen that no finger is there before one that comes counts as placed now."""


class AttendedReader:
    """A reader with a person at it, who puts a finger down when it looks for one and lifts it when it was read."""

    def __init__(self, reader: FingerprintReader, fingers: Fingers) -> None:
        self._reader = reader
        self._fingers = fingers

    @property
    def identity(self) -> str:
        """The reader's."""
        return self._reader.identity

    def capture(
        self,
        *,
        timeout_s: float,
        resting: Callable[[], None] | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FingerImage:
        """See `FingerprintReader.capture`."""
        looks = 0

        def look() -> bool:
            nonlocal looks
            looks += 1
            if looks == LOOKS_BEFORE_TOUCH:
                self._fingers.place(FingerOf.OWNER)
            return cancelled() if cancelled is not None else False

        try:
            return self._reader.capture(timeout_s=timeout_s, resting=resting, progress=progress, cancelled=look)
        finally:
            self._fingers.lift()

    def signal(self, light: Light) -> None:
        """The reader's."""
        self._reader.signal(light)

    def close(self) -> None:
        """The reader's."""
        self._reader.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command's entry; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo.enrolling", description="Enrols a person of the demo.")
    parser.add_argument("config", type=Path, help="the terminal.toml of their terminal")
    parser.add_argument("--out", type=Path, required=True, help="the enrolment file to write")
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.config, os.environ)
        options.out.write_bytes(_enrol(config, party_of(config.role)))
    except (TerminalError, ModelError, SensorError, DemoError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _enrol(config: TerminalConfig, party: Party) -> bytes:
    if party.modality is Modality.FACE:
        room = Room(load_face(Bundle.open(config.path(config.models_bundle))))
        room.come(FaceOf.OWNER)
        return capture_enrolment(config, Wanted(account=party.account, camera=camera_on(room), reader=None), print)
    fingers = Fingers(FINGER_SEEDS, first_impression=0, real_time=False)
    try:
        with R503Reader.open(fingers.port) as reader:
            wanted = Wanted(account=party.account, camera=None, reader=AttendedReader(reader, fingers))
            return capture_enrolment(config, wanted, print)
    finally:
        fingers.unplug()


if __name__ == "__main__":
    sys.exit(main())
