"""A peer's process: looks at the pictures it is given once, and then once for every line that it reads.

Every peer is a module that is run in an environment of its own, which has neither the project's packages nor its
networks, with VARIANT THREADS FOLDER. FOLDER holds pictures.npy; found.json is written there. On standard output one
line of JSON: what this peer is; then one for every round, its cost; and at the end of the input its peak of memory.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.peak import peak_mb
from tests.bench.race import timed


@dataclass(frozen=True, slots=True)
class Peer:
    """What it is in words; what is timed; and its answers as lists and numbers."""

    about: str
    look: Callable[[NDArray[np.uint8]], Any]
    plain: Callable[[Any], Any]


def serve(ready: Callable[[str, int], Peer], arguments: Sequence[str]) -> None:
    """Serves what `ready` makes of variant and threads, until the input ends."""
    # Whatever a library prints is not to be taken for an answer: it goes where errors go.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(value: object) -> None:
        answers.write(f"{json.dumps(value)}\n")
        answers.flush()

    variant, threads, place = arguments
    pictures = list(np.load(Path(place) / "pictures.npy"))
    peer = ready(variant, int(threads))
    found = [peer.plain(peer.look(picture)) for picture in pictures]
    (Path(place) / "found.json").write_text(json.dumps(found), encoding="utf-8")
    say(peer.about)
    for _ in sys.stdin:
        cost = timed(peer.look, pictures)
        say([cost.wall_ms, cost.cpu_ms])
    say(peak_mb())
