"""The memory of a terminal's networks, in a process that has nothing else: neither a screen nor an emulated camera."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from models.fingerprint.extractor import FORMATS
from tests.bench import scene
from tests.bench.figure import Figure, amount
from tests.bench.race import THREADS, Tell
from tests.project_tree import ROOT

GOAL_MB: Final = 200.0
R503: Final = "finger 192x192"


def footprint(tell: Tell) -> Iterator[Figure]:
    """The peak of such a process after captures of a face and of a finger on the R503, and how it came to it."""
    with tempfile.TemporaryDirectory() as place:
        for form in FORMATS:
            np.save(Path(place) / f"{form.model}.npy", scene.fingers(1, form)[0])
        for threads, (ending, how) in THREADS.items():
            tell(f"footprint, {how}")
            peaks = _peaks(threads, place)
            what = f"peak of a process with a terminal's networks and no screen, face and R503, {how}"
            yield amount(f"footprint{ending}", what, peaks[R503], "MB", 1, bound=GOAL_MB, sound=True)
            for number, (step, peak) in enumerate(peaks.items()):
                what = f"its peak after {step}, {how}"
                yield amount(f"footprint{ending}-{number}", what, peak, "MB", 1, bound=None, sound=True)


def _peaks(threads: int, folder: str) -> dict[str, float]:
    """Serves the process the frames that it asks for, of two people one after the other, until it tells its peaks."""
    command = (sys.executable, "-m", "tests.bench.all_networks", str(threads), folder)
    puppet, last_ms, seed = scene.puppet(), -1, 0
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            match json.loads(line):
                case ["frame", t_ms]:
                    if t_ms < last_ms:
                        seed += 1
                        puppet = scene.puppet(seed)
                    last_ms = t_ms
                    process.stdin.write(puppet.frame(t_ms).tobytes())
                    process.stdin.flush()
                case ["perform", action, at_ms, held]:
                    puppet.perform(action, at_ms, held=held)
                case ["release", at_ms]:
                    puppet.release(at_ms)
                case ["peaks", peaks]:
                    found: dict[str, float] = peaks
                    return found
    raise RuntimeError(f"the process with every network ended with {process.returncode}, and told nothing")
