"""`python -m tests.killing.launcher POINT K PID run --config FILE`: the server, and a death at a point that has a name.

The server has no such points in it: this program wraps the functions between which a server may die before it starts
the real one, and kills the process PID (0: its own) before or after the K-th call, as a power cut would.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, Final

from server_mqtt import app, cli
from server_mqtt.ledger.entries import Entry, EntryKind
from server_mqtt.shell import (
    attempts,
    inbox,
    journal,
    outbox,
    payment_turn,
    payments,
    people,
    receipts,
    references,
    timers,
)
from server_mqtt.shell.broker import Broker
from server_mqtt.shell.committer import BatchCommitter
from server_mqtt.shell.comparison import Comparer
from server_mqtt.shell.gathering import Gathering
from server_mqtt.shell.open_book import OpenBook
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.service import Service

PLACES: Final[dict[str, tuple[Any, str]]] = {
    "store": (app, "open_store"),
    "clock": (app, "start_clock"),
    "absences": (people, "forget_absences"),
    "renewal": (outbox, "bring_forward"),
    "ready": (Service, "ready"),
    "inbox": (inbox, "remember"),
    "decision": (payment_turn, "decide"),
    "state": (payments, "store"),
    "history": (payments, "record"),
    "instruction": (payments, "remember_instruction"),
    "answer": (payments, "use_instruction"),
    "attempt": (attempts, "count"),
    "alarm": (timers, "add"),
    "silence": (timers, "cancel"),
    "posting": (journal, "append"),
    "debit": (journal, "append"),
    "release": (journal, "append"),
    "refund": (journal, "append"),
    "outbox": (outbox, "add"),
    "receipt": (receipts, "issue"),
    "template": (references, "note_seen"),
    "result": (attempts, "conclude"),
    "delivery": (outbox, "acknowledge"),
    "timer": (timers, "take_due"),
    "ring": (PaymentTurns, "timer"),
    "resend": (outbox, "take_due"),
    "rows": (Gathering, "write"),
    "book": (OpenBook, "write"),
    "commit": (BatchCommitter, "commit"),
    "publish": (Broker, "publish"),
    "acknowledge": (Broker, "acknowledge"),
    "comparison": (Comparer, "conclude"),
}
"""What a server does with a message, in about this order: the module or class, and the name in it."""

AT_START: Final = frozenset({"store", "clock", "absences", "renewal", "ready"})
"""What a server passes once."""

KINDS: Final = {
    "debit": frozenset({EntryKind.SETTLE, EntryKind.HOLD}),
    "release": frozenset({EntryKind.RELEASE}),
    "refund": frozenset({EntryKind.REFUND}),
}
"""Of which postings only these are meant."""

POINTS: Final = tuple(f"{when}:{place}" for place in PLACES for when in ("before", "after"))


def kill_at(point: str, at: int, victim: int) -> None:
    """Wraps the function of `point` ("before:commit"), so that the process `victim` is killed at its `at`-th call."""
    when, _, place = point.partition(":")
    owner, name = PLACES[place]
    whole: Callable[..., Any] = getattr(owner, name)
    calls = itertools.count(1)

    @wraps(whole)
    def deadly(*arguments: Any, **named: Any) -> Any:
        now = _is_meant(place, arguments) and next(calls) == at
        if now and when == "before":
            os.kill(victim, signal.SIGKILL)
        result = whole(*arguments, **named)
        if now and isinstance(result, Iterator):
            # It has only begun: what it does, it does while it is read.
            result = list(result)
        if now and when == "after":
            os.kill(victim, signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


def _is_meant(place: str, arguments: Iterable[object]) -> bool:
    kinds = KINDS.get(place)
    return kinds is None or any(isinstance(it, Entry) and it.kind in kinds for it in arguments)


def main() -> None:
    """Takes its three arguments away and runs the server with the others."""
    point, at, victim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    del sys.argv[1:4]
    kill_at(point, at, victim or os.getpid())
    cli.main()


if __name__ == "__main__":
    main()
