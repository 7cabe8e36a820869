"""Messages on disk that the server has not answered yet. Impure: the database only; inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from typing import Final

from terminal.errors import StorageError
from terminal.outbox.letters import Letter
from terminal.outbox.schedule import Waiting

OUTGOING_MAX: Final = 1_000
"""Messages that wait at most. A day without a network has far fewer: a terminal without one begins no payment."""


def add(connection: sqlite3.Connection, letter: Letter, payment_id: str, expires_in_ms: int | None) -> None:
    """Keep `letter` until the server's answer. Raises StorageError where too many wait."""
    (count,) = connection.execute("SELECT count(*) FROM outgoing").fetchone()
    if count >= OUTGOING_MAX:
        raise StorageError(f"{count} messages wait for the server's answer: no more are kept")
    connection.execute(
        "INSERT INTO outgoing (message_id, kind, payment_id, content_hash, payload, expires_in_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (letter.message_id, letter.kind, payment_id, letter.content_hash, letter.payload, expires_in_ms),
    )


def remove(connection: sqlite3.Connection, message_id: str) -> None:
    """The server answered it, or nobody wants it any more."""
    connection.execute("DELETE FROM outgoing WHERE message_id = ?", (message_id,))


def payload(connection: sqlite3.Connection, message_id: str) -> bytes | None:
    """The message as it travels."""
    row = connection.execute("SELECT payload FROM outgoing WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else bytes(row[0])


def waiting(connection: sqlite3.Connection, now_ms: int) -> list[Waiting]:
    """Everything that an earlier run left, due now. Its clock is gone: what had a time has all of it again."""
    rows = connection.execute(
        "SELECT message_id, kind, payment_id, content_hash, expires_in_ms FROM outgoing ORDER BY sequence"
    )
    return [
        Waiting(
            message_id=message_id,
            kind=kind,
            payment_id=payment_id,
            content_hash=content_hash,
            next_send_at_ms=now_ms,
            expires_at_ms=None if expires_in_ms is None else now_ms + expires_in_ms,
        )
        for message_id, kind, payment_id, content_hash, expires_in_ms in rows
    ]
