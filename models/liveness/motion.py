"""A motion from rest to where it counts, its hold, and the way back, seen frame by frame. Pure.

Rules and numbers of turns and mouths were measured on recorded people, those of the others on meshes of portraits that
were turned in depth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from models.liveness.challenge import Action
from models.liveness.sighting import Look

REACHED_FRAMES = 3
"""So many frames in a row where it counts: the mesh errs for one or two."""

FRONTAL_YAW_DEG = 8.0
"""Within this the face looks straight ahead; beyond begins a turn."""
TURN_PASSING_DEG = (8.0, 20.0)
"""A turning head is seen on its way; a cut to a turned face is not."""
TURN_MIN_DEG = 22.0
"""A flat photo turned by up to 50 degrees never reached it (0 of 200)."""
TURN_LEFT_DEG = 18.0
"""Below it the head is on its way back: so far below that a head held still does not flutter."""

MOUTH_SHUT_MAX = 0.4
"""A smile is 0.2 to 0.4."""
MOUTH_OPEN_MIN = 0.5
MOUTH_LEFT = 0.42
MOUTH_YAW_MAX_DEG = 20.0
"""On a face turned away the mouth's width is guessed more than seen."""

LEVEL_PITCH_DEG = 5.0
"""From the level at rest: the mesh's own unrest is 4 degrees."""
NOD_PASSING_DEG = (5.0, 14.5)
"""A quick nod is between them for 0.13 s: at 12 frames per second it is seen on its way."""
NOD_MIN_DEG = 15.0
NOD_LEFT_DEG = 12.0
NOD_YAW_MAX_DEG = 15.0
"""On a face turned away up and down are not told apart well from left and right."""

NEAR_REST = 0.1
"""Natural logarithm of the size over the size at rest."""
NEAR_PASSING = (0.1, 0.24)
NEAR_MIN = 0.25
"""From 50 cm to 39: a lean that a person standing at a counter can do."""
NEAR_LEFT = 0.2
AWRY_PITCH_DEG = 12.0
"""Looking up or down, neither mouth nor size are measured well."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A motion got to where it counts; it began at `start_ms`."""

    action: Action
    start_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Performed:
    """An action that was seen whole: began, where it counts, left again; `score` 1 is where it just counts."""

    action: Action
    start_ms: int
    reached_ms: int
    end_ms: int
    score: float


Seen = Reached | Performed


@dataclass(frozen=True, slots=True)
class Motion:
    """An action by one number: at rest below `rest`, on its way within `passing`, counting from `reach` on, left below
    `left`. `measure` says how far a look is, given the look at rest; None where it cannot be told."""

    action: Action
    measure: Callable[[Look, Look | None], float | None]
    rest: float
    reach: float
    left: float
    passing: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """Where a motion stands. It must be seen from rest on, on its way where that can be, and for long enough."""

    motion: Motion
    ready: bool = False
    start_ms: int | None = None
    frames: int = 0
    reached_ms: int | None = None
    peak: float = 0.0

    def step(self, look: Look, rest: Look | None, t_ms: int) -> tuple[Watcher, Seen | None]:
        """The watcher after one more frame, and what was completed with it."""
        value = self.motion.measure(look, rest)
        if value is None:
            return Watcher(self.motion), None
        if self.reached_ms is not None:
            return self._held(value, self.reached_ms, t_ms)
        if value < self.motion.rest:
            return Watcher(self.motion, ready=True), None
        low, high = self.motion.passing or (self.motion.rest, math.inf)
        begins = self.ready and self.start_ms is None and low <= value <= high
        moving = replace(self, start_ms=t_ms) if begins else self
        if value < self.motion.reach:
            return replace(moving, frames=0), None
        there = replace(moving, frames=self.frames + 1, peak=max(self.peak, value))
        if there.frames < REACHED_FRAMES or there.start_ms is None:
            return there, None
        return replace(there, reached_ms=t_ms), Reached(self.motion.action, there.start_ms, t_ms)

    def _held(self, value: float, reached_ms: int, t_ms: int) -> tuple[Watcher, Seen | None]:
        if value >= self.motion.left:
            return replace(self, peak=max(self.peak, value)), None
        began_ms = reached_ms if self.start_ms is None else self.start_ms
        score = self.peak / self.motion.reach
        done = Performed(self.motion.action, began_ms, reached_ms, t_ms, score)
        return Watcher(self.motion, ready=value < self.motion.rest), done


def _turn(sign: int) -> Callable[[Look, Look | None], float | None]:
    return lambda look, rest: look.yaw_deg * sign


def _nod(sign: int) -> Callable[[Look, Look | None], float | None]:
    def measure(look: Look, rest: Look | None) -> float | None:
        if rest is None or abs(look.yaw_deg) > NOD_YAW_MAX_DEG:
            return None
        return (look.pitch_deg - rest.pitch_deg) * sign

    return measure


def _mouth(look: Look, rest: Look | None) -> float | None:
    if abs(look.yaw_deg) > MOUTH_YAW_MAX_DEG or pitched_deg(look, rest) > AWRY_PITCH_DEG:
        return None
    return look.mouth_open


def _nearer(look: Look, rest: Look | None) -> float | None:
    if rest is None or abs(look.yaw_deg) > NOD_YAW_MAX_DEG or pitched_deg(look, rest) > AWRY_PITCH_DEG:
        return None
    return math.log(look.scale / rest.scale)


def pitched_deg(look: Look, rest: Look | None) -> float:
    """How far the face looks up or down from its level at rest; 0 while that is not known."""
    return 0.0 if rest is None else abs(look.pitch_deg - rest.pitch_deg)


_TURN = (FRONTAL_YAW_DEG, TURN_MIN_DEG, TURN_LEFT_DEG, TURN_PASSING_DEG)
_NOD = (LEVEL_PITCH_DEG, NOD_MIN_DEG, NOD_LEFT_DEG, NOD_PASSING_DEG)

MOTIONS = (
    Motion(Action.TURN_LEFT, _turn(+1), *_TURN),
    Motion(Action.TURN_RIGHT, _turn(-1), *_TURN),
    Motion(Action.OPEN_MOUTH, _mouth, MOUTH_SHUT_MAX, MOUTH_OPEN_MIN, MOUTH_LEFT),
    Motion(Action.LOOK_UP, _nod(+1), *_NOD),
    Motion(Action.LOOK_DOWN, _nod(-1), *_NOD),
    Motion(Action.COME_NEARER, _nearer, NEAR_REST, NEAR_MIN, NEAR_LEFT, NEAR_PASSING),
)
"""All but the blink, which is no motion of this kind."""
