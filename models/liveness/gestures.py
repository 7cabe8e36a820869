"""Which actions a face performs, asked for or not, seen frame by frame. Pure: each watcher is a value and its step.

Rules and numbers were measured on recorded people: a blink lasts 3 to 9 frames at 25 to 30 per second, so at least 12
to 15 frames per second are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from models.liveness.challenge import Action
from models.liveness.sighting import Look

FRONTAL_YAW_DEG = 8.0
"""Within this the face looks straight ahead; beyond begins a turn."""
TURN_PASSING_DEG = (8.0, 20.0)
"""A turning head is seen on its way; a cut to a turned face is not."""
TURN_MIN_DEG = 22.0
"""A flat photo turned by up to 50 degrees never reached it (0 of 200)."""
TURN_FRAMES = 3

MOUTH_SHUT_MAX = 0.4
"""A smile is 0.2 to 0.4."""
MOUTH_OPEN_MIN = 0.5
MOUTH_FRAMES = 3
MOUTH_YAW_MAX_DEG = 20.0
"""On a face turned away the mouth's width is guessed more than seen."""

BLINK_YAW_MAX_DEG = 15.0
BLINK_SHUT_SHARE = 0.5
"""Of the recent open value, both eyes."""
BLINK_OPEN_SHARE = 0.65
"""Open again: above the shut share, so that an eye at the limit does not flutter."""
BLINK_FRAMES = 2
BLINK_MAX_MS = 2000
"""Longer is not a blink: eyes closed, or glasses that slipped."""
OPEN_WINDOW_MS = 3000
OPEN_SAMPLES_MIN = 4
"""So many open frames before a closed one means anything."""
OPEN_SAMPLES_MAX = 60
OPEN_LEVEL_MIN = 0.15
"""Eyes that are never more open than this cannot be told from closed ones (5 % of people in photos: 0.22)."""


@dataclass(frozen=True, slots=True)
class Performed:
    """An action that was seen whole: from its first frame to the one that decided it."""

    action: Action
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A head that turns to one side (`sign` +1 the subject's left): straight, on the way, then there for a while."""

    action: Action
    sign: int
    ready: bool = False
    start_ms: int | None = None
    held: int = 0
    fired: bool = False

    def step(self, look: Look, t_ms: int) -> tuple[Turn, Performed | None]:
        yaw = look.yaw_deg * self.sign
        low, high = TURN_PASSING_DEG
        if yaw < FRONTAL_YAW_DEG:
            return Turn(self.action, self.sign, ready=True), None
        if yaw < TURN_MIN_DEG:
            passing = self.ready and self.start_ms is None and low <= yaw <= high
            return replace(self, start_ms=t_ms if passing else self.start_ms, held=0), None
        held = replace(self, held=self.held + 1)
        if held.held < TURN_FRAMES or self.fired or self.start_ms is None:
            return held, None
        return replace(held, fired=True), Performed(self.action, self.start_ms, t_ms)


@dataclass(frozen=True, slots=True)
class Mouth:
    """A mouth that was shut and opens for a while."""

    ready: bool = False
    start_ms: int | None = None
    held: int = 0
    fired: bool = False

    def step(self, look: Look, t_ms: int) -> tuple[Mouth, Performed | None]:
        if abs(look.yaw_deg) > MOUTH_YAW_MAX_DEG:
            return Mouth(), None
        if look.mouth_open < MOUTH_SHUT_MAX:
            return Mouth(ready=True), None
        opening = replace(self, start_ms=t_ms if self.ready and self.start_ms is None else self.start_ms)
        if look.mouth_open < MOUTH_OPEN_MIN:
            return replace(opening, held=0), None
        opened = replace(opening, held=self.held + 1)
        if opened.held < MOUTH_FRAMES or self.fired or opened.start_ms is None:
            return opened, None
        return replace(opened, fired=True), Performed(Action.OPEN_MOUTH, opened.start_ms, t_ms)


@dataclass(frozen=True, slots=True)
class Blink:
    """Both eyes shut against how far they were open lately, then open again."""

    samples: tuple[tuple[int, float, float], ...] = ()
    shut: int = 0
    start_ms: int = 0

    def levels(self) -> tuple[float, float] | None:
        """How far the left and the right eye are open when open; None while not known."""
        if len(self.samples) < OPEN_SAMPLES_MIN:
            return None
        left, right = (_upper_quartile([sample[eye] for sample in self.samples]) for eye in (1, 2))
        return (left, right) if min(left, right) >= OPEN_LEVEL_MIN else None

    def eyes_open(self, look: Look) -> bool:
        """Whether both eyes are as open as they were lately."""
        levels = self.levels()
        return levels is not None and _above(look, levels, BLINK_OPEN_SHARE)

    def step(self, look: Look, t_ms: int) -> tuple[Blink, Performed | None]:
        if abs(look.yaw_deg) >= BLINK_YAW_MAX_DEG:
            return replace(self, shut=0), None
        levels = self.levels()
        if levels is None:
            return replace(self, samples=self._with(look, t_ms), shut=0), None
        if look.left_eye_open < BLINK_SHUT_SHARE * levels[0] and look.right_eye_open < BLINK_SHUT_SHARE * levels[1]:
            return Blink(self._recent(t_ms), self.shut + 1, self.start_ms if self.shut else t_ms), None
        if not _above(look, levels, BLINK_OPEN_SHARE):  # between shut and open: still the same blink
            return replace(self, samples=self._with(look, t_ms)), None
        blinked = self.shut >= BLINK_FRAMES and t_ms - self.start_ms <= BLINK_MAX_MS
        return Blink(self._with(look, t_ms)), (Performed(Action.BLINK, self.start_ms, t_ms) if blinked else None)

    def _recent(self, t_ms: int) -> tuple[tuple[int, float, float], ...]:
        return tuple(sample for sample in self.samples if sample[0] > t_ms - OPEN_WINDOW_MS)

    def _with(self, look: Look, t_ms: int) -> tuple[tuple[int, float, float], ...]:
        return (*self._recent(t_ms), (t_ms, look.left_eye_open, look.right_eye_open))[-OPEN_SAMPLES_MAX:]


@dataclass(frozen=True, slots=True)
class Gestures:
    """All watchers of one face: what is done is seen whether or not it was asked for."""

    left: Turn = field(default=Turn(Action.TURN_LEFT, +1))
    right: Turn = field(default=Turn(Action.TURN_RIGHT, -1))
    mouth: Mouth = field(default=Mouth())
    blink: Blink = field(default=Blink())

    def step(self, look: Look, t_ms: int) -> tuple[Gestures, tuple[Performed, ...]]:
        """The watchers after one more frame, and the actions that it completed."""
        left, turned_left = self.left.step(look, t_ms)
        right, turned_right = self.right.step(look, t_ms)
        mouth, opened = self.mouth.step(look, t_ms)
        blink, blinked = self.blink.step(look, t_ms)
        seen = (turned_left, turned_right, opened, blinked)
        return Gestures(left, right, mouth, blink), tuple(one for one in seen if one)

    def interrupted(self) -> Gestures:
        """After frames without the face: a motion must be seen whole, so all begin again; open eyes stay known."""
        return Gestures(blink=replace(self.blink, shut=0))

    def neutral(self, look: Look) -> bool:
        """Straight ahead, eyes open, mouth shut."""
        return abs(look.yaw_deg) < FRONTAL_YAW_DEG and look.mouth_open < MOUTH_SHUT_MAX and self.blink.eyes_open(look)


def _above(look: Look, levels: tuple[float, float], share: float) -> bool:
    return look.left_eye_open > share * levels[0] and look.right_eye_open > share * levels[1]


def _upper_quartile(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[(3 * len(ordered)) // 4]
