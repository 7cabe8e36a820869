"""A process with every network of a terminal and nothing else, which captures a face and fingers, and says its memory.

`python -m tests.bench.all_networks THREADS FOLDER`: FOLDER holds for each sensor's network a picture of a finger. The
face is drawn elsewhere, as a camera's is: on standard output a line of JSON asks for a frame (["frame", ms]) or says
what the person is told (["perform", action, ms, held], ["release", ms]); frames come on standard input. The last line
is ["peaks", ...]: the most memory so far, in megabytes, after each step.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.fingerprint.extractor import FORMATS
from models.liveness.challenge import Action
from tests.bench.peak import peak_mb
from tests.bench.stages import FingerStages
from tests.evaluation.trial import Booth

SIZE: Final = (480, 640, 3)
CHALLENGE: Final = (Action.TURN_LEFT, Action.BLINK, Action.OPEN_MOUTH)
PRESET_TIME_MS: Final = 30_000
CAPTURES: Final = 2
"""A second one shows whether anything stays of the first."""


class Distant:
    """A performer at the other end of the standard streams."""

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """See Performer; nobody here waits for the end of it."""
        _say("perform", action, at_ms, held)
        return at_ms

    def release(self, at_ms: int) -> None:
        """See Performer."""
        _say("release", at_ms)

    def frame(self, t_ms: int) -> NDArray[np.uint8]:
        """See Performer."""
        _say("frame", t_ms)
        return np.frombuffer(sys.stdin.buffer.read(int(np.prod(SIZE))), np.uint8).reshape(SIZE)


def main(threads: str, folder: str) -> None:
    """Loads, captures, and tells."""
    fingers = [(form, np.load(Path(folder) / f"{form.model}.npy")) for form in FORMATS]
    peaks = {"imports": peak_mb()}
    booth, finger = _loaded(int(threads))
    peaks["loading"] = peak_mb()
    for number in range(1, CAPTURES + 1):
        ended = booth.present(Distant(), CHALLENGE, (), PRESET_TIME_MS)
        assert ended.done, ended.failed
        peaks[f"face {number}"] = peak_mb()
    for form, pixels in fingers:
        finger.record(pixels, form)
        peaks[f"finger {form.width}x{form.height}"] = peak_mb()
    _say("peaks", peaks)


def _loaded(threads: int) -> tuple[Booth, FingerStages]:
    """What a terminal loads; the bundle itself is dropped, as there."""
    bundle = Bundle.open(DEFAULT_BUNDLE, sha256=RELEASE_SHA256)
    return Booth(bundle, threads=threads), FingerStages(bundle, threads=threads)


def _say(*words: object) -> None:
    sys.stdout.write(f"{json.dumps(words)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
