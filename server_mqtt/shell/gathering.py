"""Rows that a transaction adds, kept back and written together: to ask costs more than to write. Impure: the database.

Nobody notices: before any statement that so much as names a table (or one that refers to it) what is kept back for that
table is written. Whatever is kept back when the transaction is given up was never written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Table, event

from server_mqtt.shell.bulk import Row, write_rows

AS_STORED: Final = "countersign_as_stored"
"""The execution option of a statement whose caller knows what is kept back, and minds it himself."""

_KEY: Final = "countersign_gathering"


class Owed(Protocol):
    """What a transaction has still to write."""

    @property
    def names(self) -> frozenset[str]:
        """The tables whose readers want it written before."""
        ...

    def write(self, connection: Connection) -> None:
        """Writes what is owed, in one statement a table; from then on nothing is."""
        ...


class Gathering:
    """What one transaction owes, by whose it is."""

    def __init__(self) -> None:
        self.owed: dict[str, Owed] = {}

    def keep(self, table: Table, rows: Sequence[Row]) -> None:
        """`rows` are to be added to `table`; all rows of a table have the same columns."""
        kept = self.owed.get(table.name)
        if not isinstance(kept, _Rows):
            kept = self.owed[table.name] = _Rows(table)
        kept.rows += rows

    def write(self, connection: Connection) -> None:
        """All of it; what is referred to goes first."""
        for owed in self.owed.values():
            owed.write(connection)

    def before(
        self, connection: Connection, _cursor: object, sql: str, _values: object, context: Any, _many: object
    ) -> None:
        """What `sql` may read is written."""
        if context is not None and context.execution_options.get(AS_STORED, False):
            return
        for owed in self.owed.values():
            if any(name in sql for name in owed.names):
                owed.write(connection)


class _Rows:
    """Rows of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.rows: list[Row] = []
        self.names = _concerned(table)

    def write(self, connection: Connection) -> None:
        if self.rows:
            # Forgotten first: the statement names the table, and would have it written again.
            rows, self.rows = self.rows, []
            write_rows(connection, self._table, rows)


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """What is added within is written together, at the latest when the block ends; nothing of it when it raises."""
    gathering = Gathering()
    if find(connection) is not None:
        raise AssertionError("a transaction gathers once")
    # A connection that breaks within has no `info` any more.
    info = connection.info
    info[_KEY] = gathering
    event.listen(connection, "before_cursor_execute", gathering.before)
    try:
        yield
        gathering.write(connection)
    finally:
        event.remove(connection, "before_cursor_execute", gathering.before)
        info.pop(_KEY, None)


def find(connection: Connection) -> Gathering | None:
    """What this transaction gathers; None where it writes at once."""
    found = connection.info.get(_KEY)
    return found if isinstance(found, Gathering) else None


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Adds `rows` to `table`, now or together with others."""
    gathering = find(connection)
    if gathering is None:
        write_rows(connection, table, rows)
    else:
        gathering.keep(table, rows)


@lru_cache
def _concerned(table: Table) -> frozenset[str]:
    """`table` and the tables that refer to it."""
    others = table.metadata.tables.values()
    referring = (it for it in others if any(key.column.table is table for key in it.foreign_keys))
    return frozenset(it.name for it in (table, *referring))
