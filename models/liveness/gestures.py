"""Which actions a face performs, asked for or not, seen frame by frame. Pure: each watcher is a value and its step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from models.liveness.blink import Blink
from models.liveness.motion import (
    FRONTAL_YAW_DEG,
    MOTIONS,
    MOUTH_SHUT_MAX,
    Performed,
    Reached,
    Seen,
    Watcher,
    pitched_deg,
)
from models.liveness.sighting import Look

__all__ = ["Gestures", "Performed", "Reached", "Seen"]

REST_GROWTH_MAX = 0.15
"""Natural logarithm: who came nearer comes back to about where they were, never exactly."""
REST_PITCH_MAX_DEG = 10.0
"""So does who looked up or down, or shifts from one foot to the other; up and down begin beyond it."""


def _watchers() -> tuple[Watcher, ...]:
    return tuple(Watcher(motion) for motion in MOTIONS)


@dataclass(frozen=True, slots=True)
class Gestures:
    """All watchers of one face: what is done is seen whether or not it was asked for.

    `rest`: the face when it last came to rest, which up, down and nearer are measured from; before there is one they
    are not seen.
    """

    motions: tuple[Watcher, ...] = field(default_factory=_watchers)
    blink: Blink = field(default=Blink())
    rest: Look | None = None

    def step(self, look: Look, t_ms: int) -> tuple[Gestures, tuple[Seen, ...]]:
        """The watchers after one more frame, and what it completed."""
        stepped = [watcher.step(look, self.rest, t_ms) for watcher in self.motions]
        blink, blinked = self.blink.step(look, self.rest, t_ms)
        seen = [one for _, one in stepped if one] + ([blinked] if blinked else [])
        return Gestures(tuple(watcher for watcher, _ in stepped), blink, self.rest), tuple(seen)

    def interrupted(self) -> Gestures:
        """After frames without the face: a motion must be seen whole, so all begin again; open eyes stay known."""
        return replace(self, motions=_watchers(), blink=self.blink.interrupted())

    def at_rest(self, look: Look) -> Gestures:
        """The face came to rest like this."""
        return replace(self, rest=look)

    def neutral(self, look: Look) -> bool:
        """Straight ahead, eyes open, mouth shut, and about where it last was at rest."""
        if abs(look.yaw_deg) >= FRONTAL_YAW_DEG or look.mouth_open >= MOUTH_SHUT_MAX:
            return False
        if self.rest is not None:
            grown = abs(math.log(look.scale / self.rest.scale))
            if grown > REST_GROWTH_MAX or pitched_deg(look, self.rest) > REST_PITCH_MAX_DEG:
                return False
        return self.blink.eyes_open(look)
