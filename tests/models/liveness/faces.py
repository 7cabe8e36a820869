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
FRAME_MS = 40


def turned(yaw_deg: float) -> Look:
    return replace(REST, yaw_deg=yaw_deg)


def nodded(pitch_deg: float) -> Look:
    return replace(REST, pitch_deg=pitch_deg)


def nearer(times: float) -> Look:
    return replace(REST, scale=REST.scale * times)


Way = tuple[list[Look], Look, list[Look]]
WAYS: dict[Action, Way] = {
    Action.TURN_LEFT: ([turned(yaw) for yaw in (5, 12, 18, 25)], turned(28), [turned(yaw) for yaw in (17, 9, 2)]),
    Action.TURN_RIGHT: ([turned(yaw) for yaw in (-5, -12, -18, -25)], turned(-28), [turned(yaw) for yaw in (-17, -9)]),
    Action.OPEN_MOUTH: (
        [replace(REST, mouth_open=width) for width in (0.2, 0.45, 0.6)],
        AGAPE,
        [replace(REST, mouth_open=width) for width in (0.5, 0.41, 0.2)],
    ),
    Action.LOOK_UP: ([nodded(up) for up in (4, 9, 13, 17)], nodded(19), [nodded(up) for up in (11, 6, 2)]),
    Action.LOOK_DOWN: ([nodded(up) for up in (-4, -9, -13, -17)], nodded(-19), [nodded(up) for up in (-11, -6, -2)]),
    Action.COME_NEARER: (
        [nearer(times) for times in (1.05, 1.12, 1.2, 1.3)],
        nearer(1.35),
        [nearer(times) for times in (1.25, 1.17, 1.05)],
    ),
}
"""How a face goes there, what it looks like there, and how it comes back."""


def performance(action: Action, frames: int = 4) -> list[Look]:
    """`action`, with so many frames at the height of it."""
    if action is Action.BLINK:
        return [SHUT] * 24 + [REST]  # long enough at 20 ms a frame, too
    there, height, back = WAYS[action]
    return [*there, *[height] * frames, *back]


PERFORMANCES: dict[Action, list[Look]] = {action: performance(action) for action in Action}
OWN_BLINK = [SHUT, SHUT, SHUT, REST]
"""A blink that nobody made on purpose."""
RESTING = [REST] * 8


def performing(actions: Iterable[Action], holds_ms: Iterable[int] = ()) -> list[Look]:
    """A face that rests, then performs each of `actions`, keeps it as long as it is to, and rests again."""
    looks = list(RESTING)
    asked = tuple(actions)
    for action, hold_ms in zip(asked, tuple(holds_ms) or (0,) * len(asked), strict=True):
        looks += performance(action, 4 + hold_ms // FRAME_MS) + RESTING
    return looks


_digests: Iterator[int] = itertools.count(1)


def sighting(look: Look | None, *, faces: int = 1, good: bool = True, placed: bool = True) -> Sighting:
    """A frame never seen before that shows `look`."""
    shown = look is not None
    return Sighting(faces if shown else 0, look, good=good and shown, digest=next(_digests), placed=placed and shown)


def watch(
    session: LivenessSession, looks: Iterable[Look | None], *, start_ms: int = 1000, every_ms: int = FRAME_MS
) -> LivenessSession:
    """The session after these looks, one frame each."""
    begin_ms = session.now_ms + every_ms if session.first_ms is not None else start_ms
    for number, look in enumerate(looks):
        session = step(session, sighting(look), begin_ms + number * every_ms)
    return session
