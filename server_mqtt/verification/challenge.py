"""Which liveness challenges there are, how many, and each by its number: what the shell draws from by chance. Pure.

A challenge proves something only if it holds an action that a turned photo cannot do, and is hard to foresee. How hard
is counted in `clip_chance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Final

from server_mqtt.contract.limits import HOLD_STEP_MS
from server_mqtt.contract.messages import Action

NON_RIGID: Final = frozenset({Action.BLINK, Action.OPEN_MOUTH})
"""A flat photo, turned far enough, can pass for a turned head; it cannot do these."""

UNHELD: Final = frozenset({Action.BLINK})
"""Whoever has their eyes shut sees no request to open them: always one length of hold, none."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What to do, in order, and how long to keep each before coming back."""

    actions: tuple[Action, ...]
    holds_ms: tuple[int, ...]


@cache
def challenges(actions: int) -> tuple[tuple[Action, ...], ...]:
    """All orders of so many actions: no action twice in a row, at least one that only a face can do."""
    return tuple(
        challenge
        for challenge in product(Action, repeat=actions)
        if not NON_RIGID.isdisjoint(challenge) and all(first is not then for first, then in pairwise(challenge))
    )


def count(actions: int, holds: int) -> int:
    """How many challenges of so many actions there are, where each can be held for one of `holds` lengths."""
    return _ways(None, actions, holds, proven=False)


def challenge_at(index: int, actions: int, holds: int) -> Challenge:
    """The challenge of this number, 0 to `count` - 1: of a number by chance, each is as likely as any other."""
    if not 0 <= index < count(actions, holds):
        raise ValueError(f"there are {count(actions, holds)} challenges, none has the number {index}")
    done: list[tuple[Action, int]] = []
    last, proven = None, False
    for left in reversed(range(actions)):
        for action in Action:
            if action is last:
                continue
            shown = proven or action in NON_RIGID
            ways = _ways(action, left, holds, proven=shown)
            if index < _lengths(action, holds) * ways:
                hold, index = divmod(index, ways)
                done.append((action, hold * HOLD_STEP_MS))
                last, proven = action, shown
                break
            index -= _lengths(action, holds) * ways
    return Challenge(tuple(action for action, _ in done), tuple(hold_ms for _, hold_ms in done))


@cache
def _ways(last: Action | None, left: int, holds: int, *, proven: bool) -> int:
    """How many ways there are to go on for `left` actions after `last`; `proven`: a face was shown already."""
    if left == 0:
        return int(proven)
    return sum(
        _lengths(action, holds) * _ways(action, left - 1, holds, proven=proven or action in NON_RIGID)
        for action in Action
        if action is not last
    )


def _lengths(action: Action, holds: int) -> int:
    return 1 if action in UNHELD else holds
