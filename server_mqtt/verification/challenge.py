"""Which liveness challenges there are: what the shell draws from by chance. Pure.

A challenge proves something only if it holds an action that a turned photo cannot do, and is hard to foresee.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import Final

from server_mqtt.contract.messages import Action

NON_RIGID: Final = frozenset({Action.BLINK, Action.OPEN_MOUTH})
"""A flat photo, turned far enough, can pass for a turned head; it cannot do these."""


@cache
def challenges(actions: int) -> tuple[tuple[Action, ...], ...]:
    """All challenges of so many actions: no action twice in a row, at least one that is not a turn of the head.

    34 of three actions: one recorded clip fits one of them.
    """
    return tuple(
        challenge
        for challenge in product(Action, repeat=actions)
        if not NON_RIGID.isdisjoint(challenge) and all(first is not then for first, then in pairwise(challenge))
    )
