"""One capture, frame by frame: what the face did, what was asked, what came of it. Impure: runs networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from firmware_bridge.camera.attacks.performer import Performer
from models.face.capture import CaptureProgress, sighting_of
from models.face.observation import FaceObservation
from models.liveness.challenge import Action
from models.liveness.sighting import Look
from tests.evaluation.trial import Presented
from tests.explain.charts import Band, Curve, Limit, Strip
from tests.explain.eye import Eye, Picture


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame: the face in it, None without one, and what the person was told."""

    t_ms: int
    look: Look | None
    progress: CaptureProgress


@dataclass(slots=True, eq=False)
class Film:
    """A capture from its first frame to its end; `stills`: a picture of every so many milliseconds."""

    moments: list[Moment] = field(default_factory=list)
    stills: dict[int, Picture] = field(default_factory=dict)
    ended: Presented | None = None

    @property
    def end(self) -> Presented:
        """How it ended; raises AssertionError before."""
        if self.ended is None:
            raise AssertionError("this film has no end yet")
        return self.ended

    @property
    def length_ms(self) -> int:
        """The time of the last frame."""
        return self.moments[-1].t_ms

    def still(self, t_ms: int) -> Picture:
        """The kept picture that is nearest to `t_ms`."""
        return self.stills[min(self.stills, key=lambda kept: abs(kept - t_ms))]

    def bands(self, words: Callable[[Action], str]) -> list[Band]:
        """When each action was asked for, and when it was to be kept."""
        bands: list[Band] = []
        for before, after in zip(self.moments, self.moments[1:], strict=False):
            told = after.progress
            if told.action is None:
                continue
            same = bands and bands[-1].kept is told.keep and bands[-1].to_ms == before.t_ms and before.progress.action
            if same and before.progress.step == told.step:
                last = bands.pop()
                bands.append(Band(last.from_ms, after.t_ms, last.words, last.kept))
            else:
                bands.append(Band(before.t_ms, after.t_ms, "keep it" if told.keep else words(told.action), told.keep))
        return bands

    def curve(self, name: str, measure: Callable[[Look], float]) -> Curve:
        """A measure of the face over the film."""
        return Curve(name, [(one.t_ms, None if one.look is None else measure(one.look)) for one in self.moments])


def filmed(
    eye: Eye,
    who: Performer,
    challenge: Sequence[Action],
    holds_ms: Sequence[int] = (),
    *,
    limit_ms: int = 20_000,
    still_every_ms: int = 100,
) -> Film:
    """`who` before the terminal's eye, asked for `challenge`."""
    film = Film()

    def seen(t_ms: int, rgb: Picture, observed: FaceObservation, progress: CaptureProgress) -> None:
        look = sighting_of(observed, good=True).look
        film.moments.append(Moment(t_ms, look, progress))
        if t_ms % still_every_ms == 0 or progress.done or progress.failed is not None:
            film.stills[t_ms] = rgb

    film.ended = eye.booth.present(who, challenge, holds_ms, limit_ms, seen)
    return film


def strip(title: str, curves: Sequence[Curve], low: float, high: float, *limits: tuple[float, str]) -> Strip:
    """A strip of the chart."""
    return Strip(title, curves, low, high, tuple(Limit(value, words) for value, words in limits))
