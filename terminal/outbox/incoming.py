"""Which messages of the server were handled: the same one again changes nothing. Impure: the database only."""

from __future__ import annotations

import sqlite3
from typing import Final

INCOMING_MAX: Final = 200_000
"""Ids remembered, some 20 MB: half a year of a busy counter. The server refuses answers to anything that old."""


def hash_of(connection: sqlite3.Connection, message_id: str) -> bytes | None:
    """The content hash under which this message was handled; None if it never was."""
    row = connection.execute("SELECT content_hash FROM incoming WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else bytes(row[0])


def remember(connection: sqlite3.Connection, message_id: str, content_hash: bytes) -> None:
    """This message is being handled, in this very transaction."""
    added = connection.execute(
        "INSERT INTO incoming (message_id, content_hash) VALUES (?, ?)", (message_id, content_hash)
    )
    connection.execute("DELETE FROM incoming WHERE sequence <= ?", ((added.lastrowid or 0) - INCOMING_MAX,))
