"""Opening the database, one way, with what durability needs; and the lock that lets one server write. Impure: files.

SQLite in WAL mode with synchronous=FULL: a commit that returned survives a power cut. Every write transaction begins
IMMEDIATE, so that it never has to be given up half-way for another writer; operators' commands are such transactions
too, a few milliseconds long, and wait their turn beside a running server.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from server_mqtt.shell.errors import AlreadyRunningError, StoreError

DATABASE_NAME: Final = "countersign.sqlite3"
LOCK_NAME: Final = "server.lock"

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a writer waits for another: an operator's command behind a full batch on a slow SD card."""

_READ_ONLY: Final = "countersign_read_only"
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_PRAGMAS: Final = (
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


class Store:
    """An open database. `write` and `read` are its only doors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One durable transaction: committed when the block ends, rolled back when it raises."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that takes no lock."""
        with self._engine.connect().execution_options(**{_READ_ONLY: True}) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Gives the files back."""
        self._engine.dispose()


def open_store(data_dir: Path) -> Store:
    """The migrated database in `data_dir`; raises StoreError where there is none of this version."""
    path = data_dir / DATABASE_NAME
    if not path.is_file():
        raise StoreError(f"no database at {path}: make one with `countersign-server init`")
    engine = _engine(path)
    try:
        found, wanted = _revision(engine), _head()
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(f"{path} does not open: {error.orig}") from error
    if found != wanted:
        engine.dispose()
        raise StoreError(f"{path} is of version {found}, this program's is {wanted}: `countersign-server migrate`")
    return Store(engine)


def migrate(data_dir: Path) -> str:
    """Makes or renews the database's tables, all or nothing; the version it has now. Raises StoreError."""
    data_dir.mkdir(parents=True, exist_ok=True)
    engine = _engine(data_dir / DATABASE_NAME)
    config = _alembic()
    try:
        with engine.connect() as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise StoreError(f"the database in {data_dir} cannot be renewed: {error.orig}") from error
    finally:
        engine.dispose()
    return _head()


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


def _engine(path: Path) -> Engine:
    # What a statement carries (sealed probes, names, accounts) does not belong in the text of an error.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    # The driver must not begin transactions of its own, or savepoints and IMMEDIATE would not hold.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _head() -> str:
    return ScriptDirectory.from_config(_alembic()).get_current_head() or ""


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
