"""`python -m tests.killing.launcher POINT K run --config FILE`: the server, which dies at a point that has a name.

The server has no such points in it: this program wraps the functions between which a server may die before it starts
the real one, and kills its own process before or after the K-th call, as a power cut would.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from server_mqtt import cli
from server_mqtt.shell import attempts, inbox, journal, outbox, payment_turn, payments, receipts, timers
from server_mqtt.shell.broker import Broker
from server_mqtt.shell.committer import BatchCommitter
from server_mqtt.shell.comparison import Comparer

PLACES: Final[dict[str, tuple[Any, str]]] = {
    "inbox": (inbox, "remember"),
    "decision": (payment_turn, "decide"),
    "state": (payments, "store"),
    "posting": (journal, "append"),
    "outbox": (outbox, "add"),
    "receipt": (receipts, "issue"),
    "attempt": (attempts, "count"),
    "timer": (timers, "take_due"),
    "commit": (BatchCommitter, "commit"),
    "publish": (Broker, "publish"),
    "acknowledge": (Broker, "acknowledge"),
    "comparison": (Comparer, "conclude"),
}
"""What a server does with a message, in about this order: the module or class, and the name in it."""

POINTS: Final = tuple(f"{when}:{place}" for place in PLACES for when in ("before", "after"))


def die_at(point: str, at: int) -> None:
    """Wraps the function of `point` ("before:commit"), so that the process is killed at its `at`-th call."""
    when, _, place = point.partition(":")
    owner, name = PLACES[place]
    whole: Callable[..., Any] = getattr(owner, name)
    calls = itertools.count(1)

    @wraps(whole)
    def dying(*arguments: Any, **named: Any) -> Any:
        now = next(calls) == at
        if now and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*arguments, **named)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def main() -> None:
    """Takes its two arguments away and runs the server with the others."""
    point, at = sys.argv[1], int(sys.argv[2])
    del sys.argv[1:3]
    die_at(point, at)
    cli.main()


if __name__ == "__main__":
    main()
