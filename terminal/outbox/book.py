"""The book on disk: what is known of payments, and who was paid. Impure: the database only.

The monotonic time at which something was heard means nothing after a restart: it travels as wall time, and a wall clock
that was wrong makes an age too large or too small, never a payment.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from terminal.errors import StorageError
from terminal.session.state import Entry, Payee

_ENTRY: Final = msgspec.msgpack.Decoder(Entry)
_ENCODER: Final = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the session knows and the disk keeps."""

    payments: tuple[Entry, ...] = ()
    recents: tuple[Payee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """One moment on both clocks, in milliseconds."""

    monotonic_ms: int
    wall_ms: int


def save(connection: sqlite3.Connection, before: Book, after: Book, now: Now) -> None:
    """Write what differs between `before`, which is on disk, and `after`."""
    known = {entry.payment_id: entry for entry in before.payments}
    for entry in after.payments:
        if known.pop(entry.payment_id, None) is not entry:
            _write(connection, entry, now)
    connection.executemany("DELETE FROM payments WHERE payment_id = ?", [(payment_id,) for payment_id in known])
    if after.recents != before.recents:
        connection.execute("DELETE FROM payees")
        connection.executemany(
            "INSERT INTO payees (position, account, name) VALUES (?, ?, ?)",
            [(position, payee.account, payee.name) for position, payee in enumerate(after.recents)],
        )


def load(connection: sqlite3.Connection, now: Now) -> Book:
    """The book as it was. Raises StorageError for a row that this program cannot read."""
    rows = connection.execute("SELECT payment_id, entry, heard_wall_ms FROM payments ORDER BY position").fetchall()
    payees = connection.execute("SELECT account, name FROM payees ORDER BY position").fetchall()
    return Book(
        payments=tuple(_read(payment_id, raw, heard_wall_ms, now) for payment_id, raw, heard_wall_ms in rows),
        recents=tuple(Payee(account=account, name=name) for account, name in payees),
    )


def _write(connection: sqlite3.Connection, entry: Entry, now: Now) -> None:
    heard_wall_ms = now.wall_ms - (now.monotonic_ms - entry.heard_at_ms)
    connection.execute(
        "INSERT INTO payments (payment_id, entry, heard_wall_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (payment_id) DO UPDATE SET entry = excluded.entry, heard_wall_ms = excluded.heard_wall_ms",
        (entry.payment_id, _ENCODER.encode(entry), heard_wall_ms),
    )


def _read(payment_id: str, raw: bytes, heard_wall_ms: int, now: Now) -> Entry:
    try:
        entry = _ENTRY.decode(raw)
    except msgspec.DecodeError as error:
        raise StorageError(f"what is stored of payment {payment_id} cannot be read: {error}") from error
    age_ms = max(0, now.wall_ms - heard_wall_ms)
    return replace(entry, heard_at_ms=now.monotonic_ms - age_ms)
