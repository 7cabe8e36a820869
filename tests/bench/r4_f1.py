"""R4: a whole face frame beside its networks alone. F1: the same beside MediaPipe's own landmarker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.face.mesh import region_of
from models.face.pipeline import FacePipeline
from tests.bench import scene
from tests.bench.agreement import MESH_DIFFERENCE_MAX, OTHER_MESH_DIFFERENCE_MAX, meshes_agree
from tests.bench.bare_networks import Player, recorded
from tests.bench.figure import Figure, amount
from tests.bench.peer_process import PeerProcess, memory_of
from tests.bench.race import THREADS, Cost, Side, Tell, pictures_on, race, race_figures, rounds_on, telling, timed
from tests.bench.stages import FaceStages, MeshTracker

R4_GOAL: Final = 1.1
F1_GOAL: Final = 1.0
OUTPUT_DIFFERENCE_MAX: Final = 1e-5
"""Of a network that is given the same twice, as a share of its largest value."""

ALONE: Final = "the same runs of its networks alone"
MEDIAPIPE: Final = "tests.bench.peers.mediapipe_mesh"
"""Refined, it gives irises and finer eyes, as the Face Landmarker and our frame do; plain, 468 points by the very
network of ours, which must therefore be the same points."""

Pictures = Sequence[NDArray[np.uint8]]


def r4(rounds: int, count: int, tell: Tell, on: Collection[int] = THREADS) -> Iterator[Figure]:
    """`count` frames a round, `on` so many threads: the pipeline, and the recorded runs of its networks, in turns; then
    what any program would add to the networks.
    """
    pictures = list(scene.frames(count))
    runs = recorded(whole_frames_anew(pictures))
    for threads in on:
        ending, how = THREADS[threads]
        some = pictures[: pictures_on(threads, count)]
        their_runs = runs if threads == 1 else recorded(whole_frames_anew(some))
        name, player = f"R4{ending}", Player(their_runs, threads=threads)
        sound = all(player.agrees(run, OUTPUT_DIFFERENCE_MAX) for run in their_runs)
        alone = partial(timed, player.play, their_runs, calls=len(some))
        taken = race(whole_frames(some, threads), alone, rounds_on(threads, rounds), telling(tell, name))
        what = f"whole face frame, {how}"
        yield from race_figures(name, what, taken, bound=R4_GOAL, peer=ALONE, sound=sound)
    player = Player(runs)
    with_cuts, alone = (partial(timed, play, runs, calls=count) for play in (player.cut_and_play, player.play))
    taken = race(with_cuts, alone, rounds, telling(tell, "R4-cuts"))
    what = "the networks, and what each sees cut out of the frame, and nothing else, 1 thread"
    yield from race_figures("R4-cuts", what, taken, bound=None, peer=ALONE, sound=True)
    yield amount("R4-runs", "runs of networks in a frame", len(runs) / count, "", count, bound=None, sound=True)


def f1(rounds: int, count: int, tell: Tell) -> Iterator[Figure]:
    """`count` frames a round, beside both graphs of MediaPipe; and the points alone, which are the plain graph's."""
    every = scene.frames(count)
    for threads, (ending, how) in THREADS.items():
        pictures = every[: pictures_on(threads, count)]
        ours = scene.meshes(pictures)
        frame, points = (f"{what}, {how}" for what in ("whole face frame", "468 points, followed from frame to frame"))
        for variant, name, what, side, bound, most in (
            ("refined", f"F1{ending}", frame, whole_frames, F1_GOAL, OTHER_MESH_DIFFERENCE_MAX),
            ("plain", f"F1-plain{ending}", frame, whole_frames, None, MESH_DIFFERENCE_MAX),
            ("plain", f"F1-points{ending}", points, points_alone, None, MESH_DIFFERENCE_MAX),
        ):
            with PeerProcess("faces", MEDIAPIPE, pictures, threads=threads, variant=variant) as peer:
                our_round = side(list(pictures), threads)
                taken = race(our_round, peer.round, rounds_on(threads, rounds), telling(tell, name))
            sound = meshes_agree(ours, [_placed(answer, pictures[0]) for answer in peer.found], most)
            yield from race_figures(name, what, taken, bound=bound, peer=peer.about, sound=sound)
            yield memory_of(name, peer, sound=sound)


def whole_frames(pictures: Pictures, threads: int) -> Side:
    """Rounds of a pipeline that follows one face, each from its first frame on."""
    pipeline = FacePipeline(scene.bundle(), threads=threads)

    def one_round() -> Cost:
        pipeline.reset()
        return timed(pipeline.observe, pictures)

    return one_round


def whole_frames_anew(pictures: Pictures) -> Callable[[], object]:
    """One round of a pipeline that is loaded for it."""
    return lambda: whole_frames(pictures, threads=1)()


def points_alone(pictures: Pictures, threads: int) -> Side:
    """Rounds of the mesh, which follows one face by itself."""
    (first,) = scene.meshes(np.asarray(pictures[:1]))
    tracker = MeshTracker(FaceStages(scene.bundle(), threads=threads), region_of(first))

    def one_round() -> Cost:
        tracker.restart()
        return timed(tracker.follow, pictures)

    return one_round


def _placed(answer: Any, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """MediaPipe's points, shares of the picture's sides, in pixels."""
    height, width = picture.shape[:2]
    return np.asarray(answer, np.float32).reshape(-1, 3) * np.array([width, height, width], np.float32)
