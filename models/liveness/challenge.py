"""What a person can be asked to do, and which sequences of it prove a living face. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from models.errors import ChallengeError

ACTIONS_MIN = 2
"""One action alone is in any clip of a talking person."""
ACTIONS_MAX = 6
"""More than a person does willingly at a till."""
HOLD_MAX_MS = 5000
"""Nobody keeps a mouth open for longer before strangers."""
RELEASE_MAX_MS = 1400
"""From the request to come back to the face's coming back: people need 0.4 to 1 s. Two holds that differ by more than
this cannot both be met by one and the same movement: that is what makes a hold worth a choice."""


class Action(StrEnum):
    """Left and right are the subject's own, on the unmirrored frame. A blink is one made on purpose: see `blink`."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"
    LOOK_UP = "look_up"
    LOOK_DOWN = "look_down"
    COME_NEARER = "come_nearer"


NON_RIGID = frozenset({Action.BLINK, Action.OPEN_MOUTH})
"""A flat photo, turned far enough, can pass for a turned head (12 of 300 at 55 to 65 degrees); it cannot do these."""
UNHELD = frozenset({Action.BLINK})
"""Whoever has their eyes shut sees no request to open them."""


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


def checked_holds(challenge: tuple[Action, ...], holds_ms: Iterable[int]) -> tuple[int, ...]:
    """How long each action is to be held; none at all stands for no hold. Raises ChallengeError for what cannot be."""
    holds = tuple(holds_ms) or (0,) * len(challenge)
    if len(holds) != len(challenge):
        raise ChallengeError(f"a liveness challenge of {len(challenge)} actions has as many holds, got {len(holds)}")
    for action, hold_ms in zip(challenge, holds, strict=True):
        longest_ms = 0 if action in UNHELD else HOLD_MAX_MS
        if not 0 <= hold_ms <= longest_ms:
            raise ChallengeError(f"{action} can be held for 0 to {longest_ms} ms, not for {hold_ms}")
    return holds
