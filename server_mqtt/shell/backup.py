"""A copy of the SQLite database while it is in use, and such a copy put in its place. Impure: files.

A copy is whole or not there: it is made under another name, checked, made durable, and then named. PostgreSQL has its
own programs for both (docs/operation.md).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from server_mqtt.shell.errors import StoreError
from server_mqtt.shell.files import sync_folder
from server_mqtt.shell.sqlite import BUSY_TIMEOUT_MS, DATABASE_NAME
from server_mqtt.shell.store import open_store

REPLACED: Final = "replaced"
"""The folder beside the database into which `restore` moves what was there."""

_COMPANIONS: Final = ("", "-wal", "-shm")
"""What SQLite keeps beside the file: a journal that is left beside another file than its own would damage it."""

_PART: Final = ".part"


def back_up(data_dir: Path, target: Path) -> int:
    """Copies the database in `data_dir` to the new file `target`; its bytes. Servers go on. Raises StoreError."""
    source = data_dir / DATABASE_NAME
    if not source.is_file():
        raise StoreError(f"no database at {source}")
    if target.exists():
        raise StoreError(f"{target} exists already")
    with _whole(target) as part:
        _copy(source, part)
    return target.stat().st_size


def restore(data_dir: Path, copy: Path) -> None:
    """Puts `copy` in the place of the database in `data_dir`, which is kept in its folder "replaced".

    The caller holds the folder (`only_server`), so that no server uses it. Raises StoreError: then the database is
    what it was.
    """
    target, kept = data_dir / DATABASE_NAME, data_dir / REPLACED
    new = data_dir / f"{REPLACED}.new"
    try:
        _check(copy)
        new.mkdir()
        try:
            _copy(copy, new / DATABASE_NAME)
            # Of another version, it would not be opened afterwards either.
            open_store(new).close()
            _move_away(target, kept)
            (new / DATABASE_NAME).rename(target)
            sync_folder(data_dir)
        finally:
            for companion in _COMPANIONS:
                (new / f"{DATABASE_NAME}{companion}").unlink(missing_ok=True)
            new.rmdir()
    except OSError as error:
        raise StoreError(f"{error.filename or copy}: {error.strerror}") from None


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A name for the time until the file is complete."""
    part = target.with_name(target.name + _PART)
    try:
        # The copy holds what the database holds: nobody else may read it.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            yield part
            part.rename(target)
            sync_folder(target.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"{error.filename or target}: {error.strerror}") from None


def _copy(source: Path, target: Path) -> None:
    """One consistent state of `source`, whoever writes to it meanwhile, durable and checked."""
    try:
        with closing(_opened(source)) as whole, closing(sqlite3.connect(target)) as copy:
            # All pages in one step: in WAL mode nobody waits for it, and nobody makes it begin again.
            whole.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")
        _check(target)
    except sqlite3.Error as error:
        raise StoreError(f"{source} cannot be copied: {error}") from None
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _check(path: Path) -> None:
    try:
        with closing(_opened(path)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise StoreError(f"{path} is damaged: {found}")


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _move_away(database: Path, kept: Path) -> None:
    kept.mkdir()
    for companion in reversed(_COMPANIONS):
        path = database.with_name(database.name + companion)
        if path.exists():
            path.rename(kept / path.name)
