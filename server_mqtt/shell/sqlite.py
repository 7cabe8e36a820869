"""SQLite, the default store: one file, one server. Impure: files.

WAL mode with synchronous=FULL: a commit that returned survives a power cut. Every write transaction begins IMMEDIATE,
so that it never has to be given up half-way for another writer; operators' commands are such transactions too, a few
milliseconds long, and wait their turn beside a running server.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from server_mqtt.shell.errors import AlreadyRunningError, StoreError

DATABASE_NAME: Final = "countersign.sqlite3"
LOCK_NAME: Final = "server.lock"

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a writer waits for another: an operator's command behind a full batch on a slow SD card."""

READ_ONLY: Final = "countersign_read_only"
"""The execution option of a transaction that takes no lock."""

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    # A replaced reference leaves no readable page behind.
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    # Else INSERT OR REPLACE would delete a posting without asking its trigger.
    "PRAGMA recursive_triggers = ON",
)


_REUSED: Final = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
"""Errors of a second row under a key that is taken."""


def make_engine(path: Path) -> Engine:
    """The database in the file at `path`, made if it is missing."""
    # What a statement carries (sealed probes, names, accounts) does not belong in the text of an error.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


@contextmanager
def only_server(data_dir: Path) -> Iterator[None]:
    """Holds the data directory for this process; raises AlreadyRunningError while another server does."""
    path = data_dir / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"another server is running on {data_dir}") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def is_taken(error: DBAPIError) -> bool:
    """Whether somebody else has been writing for longer than anybody should: nothing has happened, and it will pass."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    # The low byte is the error; what is above says more about it.
    return code & 0xFF == sqlite3.SQLITE_BUSY


def is_reused(error: DBAPIError) -> bool:
    """Whether something was to be stored under an id that is taken: nothing has happened, and a new id helps."""
    return getattr(error.orig, "sqlite_errorcode", 0) in _REUSED


def damage(connection: Connection) -> str | None:
    """The first thing that is wrong with the file's pages or indexes, in SQLite's words."""
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    return None if found == "ok" else str(found)


def _on_connect(connection: Any, _record: object) -> None:
    # The driver must not begin transactions of its own, or savepoints and IMMEDIATE would not hold.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
