"""One thing that was looked at, as a technician reads it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What kind of device."""

    READER = "fingerprint reader"
    BOARD = "bridge board"
    CAMERA = "camera"
    PORT = "serial port"


class Health(StrEnum):
    """`MISSING` is no failure: there is nothing of the kind."""

    WORKS = "works"
    FAILS = "fails"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """`where`: port or device, empty where there is none; `said`: what was found; `advice`: what to do, if anything."""

    kind: Kind
    health: Health
    where: str
    said: str
    advice: str = ""
