"""The journal as one transaction leaves it: read once, posted to in memory, written together. Impure: the database.

Nobody else posts meanwhile, so what was read stays true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, tuple_

from server_mqtt.ledger import balances
from server_mqtt.ledger.accounts import floor_of
from server_mqtt.ledger.entries import Entry
from server_mqtt.ledger.journal import START, Anchor, ChainedEntry, chain
from server_mqtt.shell.bulk import change_rows, write_rows
from server_mqtt.shell.gathering import AS_STORED
from server_mqtt.shell.locks import lock_ledger
from server_mqtt.shell.schema import journal_entries, ledger_accounts, postings

BalancesByKey = dict[tuple[str, str], int]
"""Minor units by (ledger account, currency)."""

_BY_NAME: Final = (ledger_accounts.c.ledger_account, ledger_accounts.c.currency)
_LOCK: Final = (
    select(*_BY_NAME, ledger_accounts.c.balance_minor)
    .order_by(*_BY_NAME)
    .with_for_update()
    .execution_options(**{AS_STORED: True})
)
"""Of accounts that this transaction has not moved: what it has still to write is not among them."""

_LOCK_THESE: Final = _LOCK.where(tuple_(*_BY_NAME).in_(bindparam("keys", expanding=True)))
_LOCK_ALL_OF: Final = _LOCK.where(_BY_NAME[0].in_(bindparam("names", expanding=True)))
_NEWEST: Final = (
    select(journal_entries.c.entry_number, journal_entries.c.entry_hash)
    .order_by(journal_entries.c.entry_number.desc())
    .limit(1)
)


class OpenBook:
    """Opened once nobody else posts; nobody will until the transaction ends."""

    names: Final = frozenset({journal_entries.name, ledger_accounts.name, postings.name})

    def __init__(self, connection: Connection) -> None:
        lock_ledger(connection)
        self.anchor = newest(connection)
        self._balances: BalancesByKey = {}
        self._stored: set[tuple[str, str]] = set()
        self._read: set[tuple[str, str]] = set()
        self._read_whole: set[str] = set()
        self._entries: list[ChainedEntry] = []
        self._moved: set[tuple[str, str]] = set()

    def expect(self, connection: Connection, names: Collection[str]) -> None:
        """Reads in one question what these accounts hold, because money of theirs will move."""
        unread = set(names) - self._read_whole
        if unread:
            self._know(connection.execute(_LOCK_ALL_OF, {"names": sorted(unread)}))
            self._read_whole |= unread

    def balances(self, connection: Connection, keys: Iterable[tuple[str, str]]) -> BalancesByKey:
        """What these accounts hold; those that were never used are left out."""
        wanted = set(keys)
        unread = {key for key in wanted - self._read if key[0] not in self._read_whole}
        if unread:
            self._know(connection.execute(_LOCK_THESE, {"keys": sorted(unread)}))
            self._read |= unread
        return {key: self._balances[key] for key in wanted if key in self._balances}

    def post(self, connection: Connection, entry: Entry, now_ms: int) -> ChainedEntry:
        """Raises LedgerInvariantError where an account would go below its floor, or beyond 64 bits."""
        after = balances.post(self.balances(connection, balances.touched([entry])), entry)
        chained = chain(self.anchor, entry, now_ms)
        self.anchor = chained.anchor
        self._balances.update(after)
        self._entries.append(chained)
        self._moved |= set(after)
        return chained

    def moved(self, ledger_account: str) -> dict[str, int]:
        """What is not written yet of this account: minor units by currency."""
        return {currency: self._balances[name, currency] for name, currency in self._moved if name == ledger_account}

    def write(self, connection: Connection) -> None:
        """Entries, postings, balances: one statement each."""
        if not self._entries:
            return
        # Forgotten first: the statements name these tables, and would have all of it written again.
        entries, self._entries = self._entries, []
        moved, self._moved = self._moved, set()
        last_ms = entries[-1].at_ms
        write_rows(
            connection,
            journal_entries,
            [
                {
                    "entry_number": chained.number,
                    "kind": chained.entry.kind,
                    "payment_id": chained.entry.payment_id,
                    "at_ms": chained.at_ms,
                    "previous_hash": chained.previous_hash,
                    "entry_hash": chained.entry_hash,
                }
                for chained in entries
            ],
        )
        write_rows(
            connection,
            postings,
            [
                {
                    "entry_number": chained.number,
                    "position": position,
                    "ledger_account": posting.ledger_account,
                    "currency": posting.currency,
                    "amount_minor": posting.amount_minor,
                }
                for chained in entries
                for position, posting in enumerate(chained.entry.postings)
            ],
        )
        known, new = moved & self._stored, moved - self._stored
        self._stored |= new
        if known:
            change_rows(connection, ledger_accounts, [self._balance(key) for key in sorted(known)])
        if new:
            rows = [
                {**self._balance(key), "floor_minor": floor_of(key[0]), "opened_at_ms": last_ms} for key in sorted(new)
            ]
            write_rows(connection, ledger_accounts, rows)

    def _know(self, rows: Iterable[Row[Any]]) -> None:
        found = {(row.ledger_account, row.currency): row.balance_minor for row in rows}
        self._balances.update(found)
        self._stored |= set(found)

    def _balance(self, key: tuple[str, str]) -> dict[str, Any]:
        return {"ledger_account": key[0], "currency": key[1], "balance_minor": self._balances[key]}


def newest(connection: Connection) -> Anchor:
    """The place of the newest entry that is stored."""
    row = connection.execute(_NEWEST).one_or_none()
    return START if row is None else Anchor(number=row.entry_number, entry_hash=row.entry_hash)
