"""Forgetting messages that nobody can ask about any more, a little at a time. Impure: the database.

What goes: answers in the inbox, and messages in the outbox that were acknowledged or given up. What stays for ever:
payments, their history, nonces, digests of templates, postings, receipts. What was said since the oldest payment that
is still open began stays until that is over: an extension of a hold, say, must not count again. So even a message that
comes back after its answer is forgotten moves nothing twice: its payment is known, and over.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, func, select, tuple_

from server_mqtt.shell.payments import OPEN
from server_mqtt.shell.schema import inbox, outbox, payments

ROWS_AT_ONCE: Final = 500
"""Of each table in one transaction: some milliseconds that a payment may have to wait."""

AGAIN_MS: Final = 1_000
"""The pause while there is more: a year's messages of a busy shop are gone in a night."""

LOOK_EVERY_MS: Final = 3_600_000
"""The pause once there is no more."""


class Pruning:
    """When to prune, and how long messages are kept. Used by the writer thread only; each worker has one."""

    def __init__(self, kept_for_ms: int) -> None:
        self._kept_for_ms = kept_for_ms
        self._due_ms: int | None = None

    def next_due_ms(self, now_ms: int) -> int:
        """When `take_turn` has something to do; a server that has just started has better things to do first."""
        if self._due_ms is None:
            self._due_ms = now_ms + AGAIN_MS
        return self._due_ms

    def take_turn(self, connection: Connection, now_ms: int) -> int:
        """Prunes if it is time; how many messages are gone."""
        if now_ms < self.next_due_ms(now_ms):
            return 0
        gone = prune(connection, now_ms - self._kept_for_ms)
        self._due_ms = now_ms + (AGAIN_MS if gone >= ROWS_AT_ONCE else LOOK_EVERY_MS)
        return gone


def prune(connection: Connection, until_ms: int) -> int:
    """Deletes ROWS_AT_ONCE of each table at most, the oldest of those of before `until_ms`; how many in all.

    Rows that another worker has in hand are left to it, and what an open payment may be about stays.
    """
    oldest = select(func.min(payments.c.created_at_ms)).where(payments.c.state.in_(OPEN))
    open_since_ms = connection.execute(oldest).scalar()
    if open_since_ms is not None:
        until_ms = min(until_ms, open_since_ms)
    answered = (
        select(inbox.c.device, inbox.c.message_id)
        .where(inbox.c.received_at_ms < until_ms)
        .order_by(inbox.c.received_at_ms)
        .limit(ROWS_AT_ONCE)
    )
    # Of the first by their number, which grows with time: they need no index for it, nothing newer is read through,
    # and what waits in front of them is given up within a week.
    eldest = select(outbox.c.sequence).order_by(outbox.c.sequence).limit(ROWS_AT_ONCE)
    over = select(outbox.c.sequence).where(
        outbox.c.sequence.in_(eldest), outbox.c.next_send_at_ms.is_(None), outbox.c.created_at_ms < until_ms
    )
    these = tuple_(inbox.c.device, inbox.c.message_id)
    said = connection.execute(delete(inbox).where(these.in_(answered.with_for_update(skip_locked=True))))
    heard = connection.execute(delete(outbox).where(outbox.c.sequence.in_(over.with_for_update(skip_locked=True))))
    return said.rowcount + heard.rowcount
