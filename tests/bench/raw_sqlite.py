"""The bound of SQLite: the very statements of a run, recorded and played again by the driver alone."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from server_mqtt.shell.sqlite import DATABASE_NAME
from server_mqtt.shell.store import Store

Statement = tuple[str, Any]


@contextmanager
def recorded(store: Store) -> Iterator[list[Statement]]:
    """What `store` has its driver execute meanwhile, with its parameters, beginnings and commits included."""
    played: list[Statement] = []
    engine = store._engine

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        played.extend((sql, one) for one in values) if many else played.append((sql, values))

    def committed(_connection: Any) -> None:
        played.append(("COMMIT", ()))

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", committed)
    try:
        yield played
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", committed)


def replay(folder: Path, statements: Sequence[Statement], pragmas: Sequence[str]) -> float:
    """Seconds that the driver takes for `statements` on the database in `folder`."""
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as connection:
        for pragma in pragmas:
            connection.execute(pragma)
        began_s = time.perf_counter()
        for sql, values in statements:
            connection.execute(sql, values).fetchall()
        return time.perf_counter() - began_s


def copy_of(folder: Path, name: str) -> Path:
    """The same database once more, beside it; nobody may have it open."""
    copied = folder.with_name(name)
    shutil.copytree(folder, copied)
    return copied
