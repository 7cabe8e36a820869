"""`./run eval`: all that models.evaluate measures, with simulated attacks before the emulated camera."""

from __future__ import annotations

import sys

from models.evaluate.__main__ import main
from tests.evaluation.attacks import present_all

if __name__ == "__main__":
    sys.exit(main(attacks=present_all))
