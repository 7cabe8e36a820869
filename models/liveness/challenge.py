"""What a person can be asked to do, and which sequences of it prove a living face. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from models.errors import ChallengeError

ACTIONS_MIN = 2
"""One action alone is in any clip of a talking person."""
ACTIONS_MAX = 6
"""More than a person does willingly at a till."""


class Action(StrEnum):
    """Left and right are the subject's own, on the unmirrored frame."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"


NON_RIGID = frozenset({Action.BLINK, Action.OPEN_MOUTH})
"""A flat photo, turned far enough, can pass for a turned head (12 of 300 at 55 to 65 degrees); it cannot do these."""


def checked(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The challenge as a tuple. Raises ChallengeError for one that proves nothing or names unknown actions."""
    try:
        challenge = tuple(Action(action) for action in actions)
    except ValueError as unknown:
        raise ChallengeError(f"a liveness challenge cannot ask for this: {unknown}") from unknown
    if not ACTIONS_MIN <= len(challenge) <= ACTIONS_MAX:
        raise ChallengeError(f"a liveness challenge has {ACTIONS_MIN} to {ACTIONS_MAX} actions, got {len(challenge)}")
    if NON_RIGID.isdisjoint(challenge):
        raise ChallengeError("a liveness challenge needs a blink or an opened mouth: a turned photo can do the rest")
    return challenge
