"""Recorded clips labelled real or attack, as presentations. Impure: reads clips, runs the networks.

A clip does not do as it is told. So clips of people are judged by the passive cues only; clips of attacks also have to
pass a challenge, one of a list in turn. Frames are looked at one by one and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.errors import ImageError
from models.evaluate.collection import CollectionError
from models.evaluate.pad import PadMeasurement, Presentation
from models.face.capture import FaceCapture
from models.face.embedding import FaceEmbedder
from models.face.pipeline import FacePipeline
from models.liveness.challenge import Action
from models.liveness.cues.watch import PassiveWatch
from models.liveness.evidence import PassiveEvidence

CLIPS: Final = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm"})
REAL: Final = frozenset({"real", "live", "genuine", "bona_fide", "bonafide", "person"})
"""A folder or a clip of this name shows a person."""
ATTACK: Final = frozenset({"attack", "fake", "spoof", "replay", "photo", "print", "mask", "display", "screen"})
"""One of this name shows an attack, and its species is called that."""
BONA_FIDE: Final = "person"
WIDTH_PX: Final = 640
"""What a terminal's camera delivers."""
LENGTH_MAX_MS: Final = 15_000
FRAMES_PER_S: Final = 25.0
"""Of a clip that does not say, or nothing that can be."""
FRAMES_PER_S_MIN, FRAMES_PER_S_MAX = 1.0, 1000.0
CHALLENGES: Final = (
    (Action.TURN_LEFT, Action.BLINK, Action.OPEN_MOUTH),
    (Action.BLINK, Action.TURN_RIGHT, Action.BLINK),
    (Action.OPEN_MOUTH, Action.TURN_LEFT, Action.BLINK),
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip, and what it shows: `BONA_FIDE`, or a species of attack."""

    path: Path
    shows: str


def find_clips(folder: Path, real: Sequence[Path] = ()) -> tuple[Clip, ...]:
    """The clips below `folder` that are labelled by the name of the nearest folder, or by their own, and those in
    `real`, which are of people whatever they are called. Others are passed over.

    Raises CollectionError where nothing is labelled.
    """
    found = [Clip(path, BONA_FIDE) for path in real if path.exists()]
    for path in sorted(folder.rglob("*")):
        label = _label(path.relative_to(folder))
        if path.suffix.lower() in CLIPS and label is not None and path not in real:
            found.append(Clip(path, label))
    if not found:
        wanted = f"real/<clip> and <kind of attack>/<clip>, such as {', '.join(sorted(ATTACK))}"
        raise CollectionError(f"{folder} holds no clips in folders named {wanted}")
    return tuple(found)


def measure_clips(
    clips: Sequence[Clip], bundle: Bundle, least_score: float, advance: Callable[[], None]
) -> list[PadMeasurement]:
    """One measurement of people, and one of each species; `advance` is called after every clip."""
    booth = _Booth(bundle)
    judged: dict[str, list[Presentation]] = {}
    for number, clip in enumerate(clips):
        judged.setdefault(clip.shows, []).append(booth.judge(clip, number, least_score))
        advance()
    return [
        PadMeasurement(
            f"recorded-{shows}",
            "people" if shows == BONA_FIDE else shows,
            bona_fide=shows == BONA_FIDE,
            simulated=False,
            presentations=tuple(presentations),
        )
        for shows, presentations in sorted(judged.items())
    ]


def presented(
    species: str, source: str, challenge: bool | None, passive: PassiveEvidence | None, least_score: float, why: str
) -> Presentation:
    """A presentation, judged as a server would whose policy asks for `least_score`."""
    score = 0.0 if passive is None else passive.score
    figures = {} if passive is None else {one.cue: one.value for one in passive.cues}
    return Presentation(species, source, challenge, score >= least_score, score, why, figures)


def frames_of(path: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Time in ms and picture uint8[H,W,3] of each frame, at most 640 pixels wide and 15 s.

    Raises ImageError for what is no clip: an attack that cannot be read was not held off.
    """
    film = cv2.VideoCapture(str(path))
    try:
        told = film.get(cv2.CAP_PROP_FPS)
        per_s = told if FRAMES_PER_S_MIN <= told <= FRAMES_PER_S_MAX else FRAMES_PER_S
        number = 0
        while (read := film.read())[0] and number * 1000 / per_s < LENGTH_MAX_MS:
            scale = min(1.0, WIDTH_PX / read[1].shape[1])
            small = cv2.resize(read[1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield round(number * 1000 / per_s), np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
            number += 1
        if number == 0:
            raise ImageError(f"{path} is no clip, or none of its frames can be read")
    finally:
        film.release()


class _Booth:
    def __init__(self, bundle: Bundle) -> None:
        self._pipeline = FacePipeline(bundle)
        self._embedder = FaceEmbedder(bundle)
        self._watch = PassiveWatch()

    def judge(self, clip: Clip, number: int, least_score: float) -> Presentation:
        source = f"{clip.path.parent.name}/{clip.path.name}"
        if clip.shows == BONA_FIDE:
            passive = self._watched(clip.path)
            return presented(clip.shows, source, None, passive, least_score, "not asked")
        capture = FaceCapture(self._pipeline, self._embedder, CHALLENGES[number % len(CHALLENGES)], watch=self._watch)
        why = "not done"
        done = False
        for t_ms, rgb in frames_of(clip.path):
            progress = capture.feed(rgb, t_ms)
            if progress.done or progress.failed is not None:
                done, why = progress.done, "done" if progress.failed is None else progress.failed.value
                break
        return presented(clip.shows, source, done, self._watched(clip.path), least_score, why)

    def _watched(self, path: Path) -> PassiveEvidence:
        """The cues of the whole clip, however a challenge ended."""
        self._pipeline.reset()
        self._watch.reset()
        for t_ms, rgb in frames_of(path):
            seen = self._pipeline.observe(rgb)
            self._watch.look(rgb, seen.face if seen.faces == 1 else None, t_ms)
        return self._watch.evidence()


def _label(path: Path) -> str | None:
    """What the nearest folder's name, or the clip's own, says that it shows."""
    for name in (path.stem, *(folder.name for folder in path.parents)):
        word = name.lower()
        if word in REAL:
            return BONA_FIDE
        if word in ATTACK:
            return word
    return None
