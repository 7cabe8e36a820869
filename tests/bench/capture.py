"""What a whole capture costs, and each of its stages: by face (a puppet performs a challenge) and by finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.attacks.performer import Performer
from models.face.mesh import region_of
from models.face.observation import Face
from models.face.pipeline import FacePipeline
from models.face.region import Region
from models.fingerprint.extractor import FORMATS
from models.liveness.challenge import Action
from models.liveness.cues.watch import PassiveWatch
from tests.bench import scene
from tests.bench.bare_networks import BareNetwork
from tests.bench.figure import Figure, amount, percentile
from tests.bench.race import THREADS, Tell, pictures_on, rounds_on, telling, timed
from tests.bench.stages import FaceStages, FingerStages
from tests.evaluation.trial import FRAME_MS, Booth

CHALLENGE: Final = (Action.TURN_LEFT, Action.BLINK, Action.OPEN_MOUTH, Action.TURN_RIGHT)
HOLDS_MS: Final = (0, 0, 1_500, 0)
"""As long as the default policy's challenges are: four actions, one of them held."""
PRESET_TIME_MS: Final = 30_000
STAGE_FRAMES: Final = 24

T = TypeVar("T")
Stages = dict[str, tuple[str, float]]
"""What a stage is, and its milliseconds."""


class Clocked:
    """A performer that notes how long whoever looks at it takes over each picture, in milliseconds."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer
        self._shown: tuple[float, float] | None = None
        self.wall_ms: list[float] = []
        self.cpu_ms: list[float] = []

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """See Performer."""
        return self._performer.perform(action, at_ms, slowness=slowness, held=held)

    def release(self, at_ms: int) -> None:
        """See Performer."""
        self._performer.release(at_ms)

    def frame(self, t_ms: int) -> NDArray[np.uint8] | None:
        """See Performer; whoever asks for a picture is done with the last one."""
        self.done()
        picture = self._performer.frame(t_ms)
        self._shown = (perf_counter(), process_time())
        return picture

    def done(self) -> None:
        """The last picture has been looked at."""
        if self._shown is not None:
            self.wall_ms.append(1_000 * (perf_counter() - self._shown[0]))
            self.cpu_ms.append(1_000 * (process_time() - self._shown[1]))
            self._shown = None


def capture(most_rounds: int, tell: Tell) -> Iterator[Figure]:
    """`most_rounds` captures, fewer on two threads, and as many rounds of every stage on its own."""
    for threads, (ending, how) in THREADS.items():
        name, rounds = f"capture{ending}", rounds_on(threads, most_rounds)
        yield from _whole(name, how, threads, rounds, telling(tell, name))
        for stage, (what, took_ms) in {**_face_stages(threads, rounds), **_finger_stages(threads, rounds)}.items():
            yield amount(f"{name}-stage-{stage}", f"{what}, {how}", took_ms, "ms", rounds, bound=None, sound=True)


def _whole(name: str, how: str, threads: int, rounds: int, tell: Tell) -> Iterator[Figure]:
    booth = Booth(scene.bundle(), threads=threads)
    frames_ms: list[float] = []
    sums: list[tuple[float, float]] = []
    sound = True
    for number in range(1, rounds + 1):
        tell(f"capture {number} of {rounds}")
        clocked = Clocked(scene.puppet(seed=number))
        ended = booth.present(clocked, CHALLENGE, HOLDS_MS, PRESET_TIME_MS)
        clocked.done()
        sound = sound and ended.done
        frames_ms += clocked.wall_ms
        sums.append((sum(clocked.wall_ms), sum(clocked.cpu_ms)))
    whole = f"a whole capture by face, {len(CHALLENGE)} actions, {how}"
    for row, what, value, unit in (
        ("frames", f"frames of {whole}", len(frames_ms) / rounds, ""),
        ("ms", f"{whole}: by the clock, without the camera's", median(wall for wall, _ in sums), "ms"),
        ("cpu-ms", f"{whole}: of the processors", median(cpu for _, cpu in sums), "ms"),
        ("frame-ms", f"a frame of {whole}: median", median(frames_ms), "ms"),
        ("frame-p99-ms", f"a frame of {whole}: 99th percentile", percentile(frames_ms, 0.99), "ms"),
    ):
        yield amount(f"{name}-{row}", what, value, unit, rounds, bound=None, sound=sound)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A frame and what the first stages found in it."""

    picture: NDArray[np.uint8]
    face: Face
    region: Region
    upright: NDArray[np.uint8]
    chip: NDArray[np.uint8]


def _face_stages(threads: int, rounds: int) -> Stages:
    """Of the puppet's frames, each stage given what the one before it found."""
    pictures = list(scene.frames()[:: scene.FRAMES // pictures_on(threads, STAGE_FRAMES)])
    stages, pipeline = FaceStages(scene.bundle(), threads=threads), FacePipeline(scene.bundle(), threads=threads)
    seen = list(_look(stages, pipeline, pictures))
    height, width = pictures[0].shape[:2]
    quickest = partial(quickest_ms, sights=seen, rounds=rounds)
    took = {
        "detector": ("face detector", quickest(lambda one: stages.detect(one.picture))),
        "mesh": ("face mesh", quickest(lambda one: stages.mesh(one.picture, one.region))),
        "irises": ("both irises", quickest(lambda one: stages.irises(one.picture, one.face.points))),
        "quality": (
            "quality of a face",
            quickest(lambda one: stages.quality(one.face.points, one.region, one.upright, width, height)),
        ),
        "frame": (
            "whole frame",
            quickest(lambda one: pipeline.observe(one.picture)),
        ),
        "alignment": ("alignment", quickest(lambda one: stages.align(one.picture, one.face.points))),
        "embedding": ("embedding", quickest(lambda one: stages.embed(one.chip))),
    }
    watch = PassiveWatch()

    def look(numbered: tuple[int, _Seen]) -> None:
        number, one = numbered
        if number == 0:
            watch.reset()
        watch.look(one.picture, one.face, number * FRAME_MS)

    took["cues"] = ("passive cues, shared among all frames", quickest_ms(look, list(enumerate(seen)), rounds))
    return took


def _look(stages: FaceStages, pipeline: FacePipeline, pictures: Sequence[NDArray[np.uint8]]) -> Iterator[_Seen]:
    for picture in pictures:
        face = pipeline.observe(picture).face
        assert face is not None
        region = region_of(face.points)
        chip = stages.align(picture, face.points).copy()
        yield _Seen(picture, face, region, stages.upright(picture, region), chip)


def _finger_stages(threads: int, rounds: int) -> Stages:
    stages, took = FingerStages(scene.bundle(), threads=threads), Stages()
    for form in FORMATS:
        name, size = f"finger-{form.width}x{form.height}", f"{form.width}x{form.height}"
        pictures = list(scene.fingers(2, form))
        network = BareNetwork(scene.bundle().model(form.model), threads=threads)
        inputs = [(np.asarray(pixels, np.float32)[None, :, :, None],) for pixels in pictures]
        record = partial(stages.record, form=form)
        took[f"{name}-quality"] = (f"quality of a finger, {size}", quickest_ms(stages.quality, pictures, rounds))
        took[f"{name}-network"] = (f"network of minutiae, {size}", quickest_ms(network.run, inputs, rounds))
        took[f"{name}-record"] = (f"record of a finger, all in all, {size}", quickest_ms(record, pictures, rounds))
    return took


def quickest_ms(look: Callable[[T], object], sights: Sequence[T], rounds: int) -> float:
    """Processor time of a call, the mean of the quickest round: what else the machine does can only add to it."""
    timed(look, sights)
    return min(timed(look, sights).cpu_ms for _ in range(rounds))
