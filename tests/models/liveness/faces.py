"""Faces as liveness sees them, without pictures: rests and actions as sequences of looks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from models.liveness.challenge import Action
from models.liveness.session import LivenessSession, step
from models.liveness.sighting import Look, Sighting

REST = Look(yaw_deg=1.0, left_eye_open=0.34, right_eye_open=0.36, mouth_open=0.05, x=320, y=200, scale=70)
SHUT = replace(REST, left_eye_open=0.06, right_eye_open=0.05)
AGAPE = replace(REST, mouth_open=0.65)


def turned(yaw_deg: float) -> Look:
    return replace(REST, yaw_deg=yaw_deg)


PERFORMANCES: dict[Action, list[Look]] = {
    Action.TURN_LEFT: [turned(yaw) for yaw in (5, 12, 18, 25, 28, 28, 27, 17, 9, 2)],
    Action.TURN_RIGHT: [turned(yaw) for yaw in (-5, -12, -18, -25, -28, -28, -27, -17, -9, -2)],
    Action.BLINK: [SHUT, SHUT, SHUT, REST],
    Action.OPEN_MOUTH: [replace(REST, mouth_open=m) for m in (0.2, 0.45, 0.6, 0.65, 0.62, 0.55, 0.42, 0.2)],
}
RESTING = [REST] * 8


def performing(actions: Iterable[Action]) -> list[Look]:
    """A face that rests, then performs each of `actions` and rests again."""
    looks = list(RESTING)
    for action in actions:
        looks += PERFORMANCES[action] + RESTING
    return looks


_digests: Iterator[int] = itertools.count(1)


def sighting(look: Look | None, *, faces: int = 1, good: bool = True) -> Sighting:
    """A frame never seen before that shows `look`."""
    return Sighting(faces if look else 0, look, good=good and look is not None, digest=next(_digests))


def watch(
    session: LivenessSession, looks: Iterable[Look | None], *, start_ms: int = 1000, every_ms: int = 40
) -> LivenessSession:
    """The session after these looks, one frame each."""
    begin_ms = session.now_ms + every_ms if session.first_ms is not None else start_ms
    for number, look in enumerate(looks):
        session = step(session, sighting(look), begin_ms + number * every_ms)
    return session
