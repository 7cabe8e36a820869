"""Many rows in one statement, whichever the database. Impure: the database.

SQLite is asked row by row, which costs it nothing. PostgreSQL is sent all rows as one JSON value: one way there and
back, and half of what the rows cost as parameters of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Executable,
    LargeBinary,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)

from server_mqtt.shell.postgres import DIALECT, without_nul

Row: TypeAlias = dict[str, Any]

_ROWS: Final = "rows"
_NEW: Final = "new_"
_NUL_IN_JSON: Final = b"\\u0000"


def write_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Adds `rows`, which have the same columns."""
    if connection.dialect.name == DIALECT:
        connection.execute(_add_from_json(table, tuple(rows[0])), {_ROWS: _as_json(rows)})
    else:
        connection.execute(_add(table), list(rows))


def change_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Changes the rows of the same primary key to what `rows` say, which have the same columns."""
    columns = tuple(rows[0])
    if connection.dialect.name == DIALECT:
        connection.execute(_change_from_json(table, columns), {_ROWS: _as_json(rows)})
    else:
        named = [{_NEW + name: value for name, value in row.items()} for row in rows]
        connection.execute(_change(table, columns), named)


# Built once: the library knows a statement again, and its SQL, but the building takes longer than SQLite's work.


@lru_cache
def _add(table: Table) -> Executable:
    return insert(table)


@lru_cache
def _change(table: Table, columns: tuple[str, ...]) -> Executable:
    key = {column.name for column in table.primary_key}
    this = and_(*(table.c[name] == bindparam(_NEW + name) for name in columns if name in key))
    return update(table).where(this).values({name: bindparam(_NEW + name) for name in columns if name not in key})


@lru_cache
def _add_from_json(table: Table, columns: tuple[str, ...]) -> Executable:
    return insert(table).from_select(columns, select(*_from_json(table, columns).values()))


@lru_cache
def _change_from_json(table: Table, columns: tuple[str, ...]) -> Executable:
    key = {column.name for column in table.primary_key}
    new = _from_json(table, columns)
    this = and_(*(table.c[name] == new[name] for name in columns if name in key))
    return update(table).where(this).values({name: new[name] for name in columns if name not in key})


def _from_json(table: Table, columns: tuple[str, ...]) -> dict[str, ColumnElement[Any]]:
    binary = {name for name in columns if isinstance(table.c[name].type, LargeBinary)}
    read = (
        func.json_to_recordset(cast(bindparam(_ROWS, type_=Text), JSON))
        .table_valued(*(column(name, Text if name in binary else table.c[name].type) for name in columns))
        .render_derived(with_types=True)
    )
    return {name: func.decode(read.c[name], "base64") if name in binary else read.c[name] for name in columns}


def _as_json(rows: Sequence[Row]) -> str:
    """Bytes in it are in base64."""
    packed = msgspec.json.encode(rows)
    if _NUL_IN_JSON in packed:
        packed = msgspec.json.encode([{name: _clean(value) for name, value in row.items()} for row in rows])
    return packed.decode()


def _clean(value: object) -> object:
    return without_nul(value) if isinstance(value, str) else value
