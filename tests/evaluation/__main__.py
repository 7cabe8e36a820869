"""`./run eval`: all that models.evaluate measures, with simulated attacks before the emulated camera and on the
reader."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from models.bundle import Bundle
from models.evaluate.__main__ import main
from models.evaluate.pad import PadMeasurement
from tests.evaluation.attacks import present_all
from tests.evaluation.finger_attacks import present_fingers


def present_everything(
    data: Path, bundle: Bundle, least_score: float, each: int, tell: Callable[[str], None]
) -> list[PadMeasurement]:
    """Fingers, which are quick, then faces. `least_score` is asked of faces; fingers by their own default."""
    return [*present_fingers(data, bundle, each, tell), *present_all(data, bundle, least_score, each, tell)]


if __name__ == "__main__":
    sys.exit(main(attacks=present_everything))
