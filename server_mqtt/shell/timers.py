"""Timers of payments are rows: a server that was down when one was due finds it due at start. Impure: the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from server_mqtt.shell.schema import payments, timers

COMPARE_AGAIN: Final = "compare_again"
"""The shell's own kind: an answer whose comparison could not be concluded is compared once more."""


_ADD: Final = insert(timers)

_CANCEL_ALL: Final = delete(timers).where(timers.c.payment_id == bindparam("payment_id"))
_CANCEL_KIND: Final = _CANCEL_ALL.where(timers.c.kind == bindparam("kind"))
_CANCEL_ONE: Final = _CANCEL_KIND.where(timers.c.subject == bindparam("subject"))

_DUE: Final = (
    select(timers)
    .join(payments)
    .where(timers.c.due_at_ms <= bindparam("now_ms"))
    .order_by(timers.c.due_at_ms, timers.c.timer_id)
    .limit(bindparam("at_once"))
    .with_for_update(of=payments, skip_locked=True, key_share=True)
)

_NEXT_DUE: Final = select(func.min(timers.c.due_at_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """`kind` is the core's (but for COMPARE_AGAIN); `subject` what it is about (an instruction's id), or empty."""

    payment_id: str
    kind: str
    subject: str
    due_at_ms: int

    def postponed(self, due_at_ms: int) -> Timer:
        """The same, later."""
        return replace(self, due_at_ms=due_at_ms)


def add(connection: Connection, timer: Timer) -> None:
    """Notes `timer`."""
    row = {"payment_id": timer.payment_id, "kind": timer.kind, "subject": timer.subject, "due_at_ms": timer.due_at_ms}
    connection.execute(_ADD, row)


def cancel(connection: Connection, payment_id: str, kind: str | None = None, subject: str | None = None) -> None:
    """Forgets the payment's timers (of one kind, and of that about one subject)."""
    if kind is None:
        connection.execute(_CANCEL_ALL, {"payment_id": payment_id})
    elif subject is None:
        connection.execute(_CANCEL_KIND, {"payment_id": payment_id, "kind": kind})
    else:
        connection.execute(_CANCEL_ONE, {"payment_id": payment_id, "kind": kind, "subject": subject})


def take_due(connection: Connection, now_ms: int, limit: int) -> list[Timer]:
    """Removes and returns the timers that are due, earliest first.

    Those whose payment another worker has in hand are left for later: nobody waits for them while holding others.
    """
    rows = connection.execute(_DUE, {"now_ms": now_ms, "at_once": limit}).all()
    if not rows:
        return []
    # A timer whose payment has just been let go by another worker may be gone with what that worker did.
    these = timers.c.timer_id.in_([row.timer_id for row in rows])
    taken = set(connection.execute(delete(timers).where(these).returning(timers.c.timer_id)).scalars())
    return [
        Timer(payment_id=row.payment_id, kind=row.kind, subject=row.subject, due_at_ms=row.due_at_ms)
        for row in rows
        if row.timer_id in taken
    ]


def next_due_ms(connection: Connection) -> int | None:
    """When the next timer is due."""
    due: int | None = connection.execute(_NEXT_DUE).scalar()
    return due
