"""The terminal's one database file: its lock, its owner, its tables, its transactions. Impure: the disk.

Nothing biometric is in it but sealed probes inside messages that the server has not answered yet; what is deleted is
overwritten (secure_delete). Used by one thread at a time.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from terminal.errors import StorageError, StorageRefusedError

DATABASE: Final = "terminal.db"
LOCK: Final = "terminal.lock"

FORMAT: Final = "1"
"""Of the tables below; a program that does not know a file's format leaves it alone."""

_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outgoing (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    payload BLOB NOT NULL,
    expires_in_ms INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS incoming (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    content_hash BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS payments (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id TEXT NOT NULL UNIQUE,
    entry BLOB NOT NULL,
    heard_wall_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS receipts (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document BLOB NOT NULL,
    signature BLOB NOT NULL,
    opening BLOB,
    UNIQUE (payment_id, revision)
) STRICT;
CREATE TABLE IF NOT EXISTS payees (position INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL) STRICT;
"""


class FolderLock:
    """The right to use a terminal's folder: one process has it, and loses it when it ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises StorageRefusedError where another process has it, StorageError where there can be no such file."""
        try:
            folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
        except OSError as error:
            raise StorageError(f"{folder} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise StorageRefusedError(f"another process runs the terminal whose data is in {folder}") from error

    def release(self) -> None:
        """Let another process have it; calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Store:
    """An open database of one terminal. Every method raises StorageError when the disk does not do its part."""

    def __init__(self, connection: sqlite3.Connection, lock: FolderLock, path: Path) -> None:
        self._connection = connection
        self._lock = lock
        self._path = path

    @classmethod
    def open(cls, folder: Path, device: str) -> Store:
        """The database in `folder`, made where there is none.

        Raises StorageRefusedError: another process's, another terminal's, of an unknown format. StorageError: full,
        read-only, damaged.
        """
        lock = FolderLock(folder)
        path = folder / DATABASE
        try:
            return cls(_connect(path, device), lock, path)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Give the file and the folder up; calling it again does nothing."""
        self._connection.close()
        self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything done with the connection is on the disk when this returns, or nothing of it ever was."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For looking only."""
        try:
            yield self._connection
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error

    def probe(self) -> None:
        """Returns if a row can be written and is kept."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO about (key, value) VALUES ('probe', hex(randomblob(8)))")

    def shred(self) -> None:
        """Empty the write-ahead log, where deleted rows would stay until it is used again."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _connect(path: Path, device: str) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{path} cannot be opened: {error}") from error
    try:
        _prepare(connection, path)
        _own(connection, path, device)
    except sqlite3.Error as error:
        connection.close()
        raise StorageError(f"{path}: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    findings = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    if findings != ["ok"]:
        raise StorageError(f"{path} is damaged: {findings[0]}")


def _own(connection: sqlite3.Connection, path: Path, device: str) -> None:
    """Make or recognise the tables, and whose they are."""
    connection.executescript(_SCHEMA)
    connection.execute(
        "INSERT OR IGNORE INTO about (key, value) VALUES ('format', ?), ('device', ?)",
        (FORMAT, device),
    )
    about = dict(connection.execute("SELECT key, value FROM about"))
    if about["format"] != FORMAT:
        raise StorageRefusedError(f"{path} is of format {about['format']}, this program knows {FORMAT}")
    if about["device"] != device:
        raise StorageRefusedError(f"{path} belongs to the terminal {about['device']}, this one is {device}")
