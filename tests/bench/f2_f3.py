"""F2: a face's template beside dlib's. F3: a finger's template beside pyfing's minutiae."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.iso19794_2 import decode
from models.fingerprint.extractor import FORMATS
from tests.bench import scene
from tests.bench.agreement import embeddings_agree, minutiae_agree
from tests.bench.figure import Figure
from tests.bench.peer_process import PeerProcess, memory_of
from tests.bench.race import THREADS, Tell, pictures_on, race, race_figures, rounds_on, telling, timed
from tests.bench.stages import FaceStages, FingerStages

F2_GOAL: Final = 0.5
F3_GOAL: Final = 0.7
EVERY: Final = 8
"""Of the frames, so many apart are embedded: dlib takes its time."""
DLIB: Final = "tests.bench.peers.dlib_embedding"
PYFING: Final = "tests.bench.peers.pyfing_minutiae"

Sight = tuple[NDArray[np.uint8], NDArray[np.float32]]
"""A frame and the mesh in it."""


def f2(rounds: int, count: int, tell: Tell) -> Iterator[Figure]:
    """Of `count` frames some: ours aligns the face and embeds it, dlib embeds what was aligned."""
    pictures = scene.frames(count)
    every = list(zip(pictures, scene.meshes(pictures), strict=True))[::EVERY]
    for threads, (ending, how) in THREADS.items():
        sights = every[: pictures_on(threads, len(every))]
        name, stages = f"F2{ending}", FaceStages(scene.bundle(), threads=threads)
        chips = np.stack([stages.align(*sight).copy() for sight in sights])
        look = partial(_embedding, stages)
        with PeerProcess("faces", DLIB, chips, threads=threads) as peer:
            ours = partial(timed, look, sights)
            taken = race(ours, peer.round, rounds_on(threads, rounds), telling(tell, name))
        sound = embeddings_agree([look(sight) for sight in sights], peer.found)
        what = f"alignment and embedding of a face, {how}"
        yield from race_figures(name, what, taken, bound=F2_GOAL, peer=peer.about, sound=sound)
        yield memory_of(name, peer, sound=sound)


def f3(rounds: int, count: int, tell: Tell) -> Iterator[Figure]:
    """`count` fingers on the R503: quality, minutiae and record beside pyfing's minutiae alone."""
    form = FORMATS[0]
    every = scene.fingers(count, form)
    for threads, (ending, how) in THREADS.items():
        pictures = every[: pictures_on(threads, count)]
        name, stages = f"F3{ending}", FingerStages(scene.bundle(), threads=threads)
        look = partial(stages.record, form=form)
        with PeerProcess("fingers", PYFING, pictures, threads=threads) as peer:
            ours = partial(timed, look, list(pictures))
            taken = race(ours, peer.round, rounds_on(threads, rounds), telling(tell, name))
        records = [decode(look(pixels)) for pixels in pictures]
        sound = all(minutiae_agree(our, their) for our, their in zip(records, peer.found, strict=True))
        what = f"template of a finger of {form.width}x{form.height}, {how}"
        yield from race_figures(name, what, taken, bound=F3_GOAL, peer=peer.about, sound=sound)
        yield memory_of(name, peer, sound=sound)


def _embedding(stages: FaceStages, sight: Sight) -> NDArray[np.float32]:
    return stages.embed(stages.align(*sight))
