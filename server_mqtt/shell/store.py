"""Opening the database, one way, whichever it is: SQLite in a folder, or PostgreSQL behind a URL. Impure."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final, TypeAlias

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from server_mqtt.shell import inbox, locks, postgres, sqlite
from server_mqtt.shell.errors import StoreError, StoreUnavailableError
from server_mqtt.shell.fence import Fence, Mark, newest

Place: TypeAlias = Path | URL
"""Where a database is: the data directory of an SQLite file, or a PostgreSQL database's URL."""

RETURNED: Final = "database_returned"
"""The counter of the times that the database was away and came back."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class Store:
    """An open database. `write` and `read` are its only doors; both raise StoreUnavailableError while it is away."""

    def __init__(self, engine: Engine, fence: Fence | None = None) -> None:
        """`fence`: what keeps writers out of an older copy of the database (StaleStoreError)."""
        self._engine, self._fence = engine, fence
        self._unsure = False
        self._server = engine.dialect.name == postgres.DIALECT
        self._read_options = (
            {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            if self._server
            else {sqlite.READ_ONLY: True}
        )

    @property
    def shared(self) -> bool:
        """Whether other workers may write to it at the same time."""
        return self._server

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One durable transaction: committed when the block ends, rolled back when it raises."""
        try:
            with self._telling(), self._engine.connect() as connection:
                with connection.begin():
                    seen = yield from self._guarded(connection)
                if self._server:
                    postgres.check_replicated(connection)
        except StoreUnavailableError:
            self._unsure = True
            raise
        self._unsure = False
        if self._fence is not None:
            self._fence.note(seen)

    def _guarded(self, connection: Connection) -> Generator[Connection, None, Mark]:
        """The inside of a transaction; what it has seen at its end."""
        if self._fence is not None:
            self._fence.check(connection)
        if self._unsure:
            # Whether the last commit was confirmed by a standby is unknown, if it is found done. One that writes waits
            # for the standby to have everything before it; one that only reads would not.
            inbox.count(connection, RETURNED, "")
        yield connection
        return Mark() if self._fence is None else newest(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that takes no lock."""
        with self._telling(), self._engine.connect() as opened:
            connection = opened.execution_options(**self._read_options)
            with connection.begin():
                yield connection

    def may_be_repeated(self, error: DBAPIError) -> bool:
        """Whether a transaction failed only because another worker was in its way, or had drawn the same id."""
        return postgres.is_race(error) if self._server else sqlite.is_reused(error)

    def check(self) -> None:
        """Reads every page again; raises StoreError where one is damaged. PostgreSQL looks after its own."""
        if self._server:
            return
        try:
            with self._engine.connect() as connection:
                damage = sqlite.damage(connection)
        except DBAPIError as error:
            damage = str(error.orig)
        if damage is not None:
            raise StoreError(f"the database is damaged, restore a backup: {damage}")

    def close(self) -> None:
        """Gives the files, or the connections, back."""
        self._engine.dispose()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if postgres.is_lost(error) if self._server else sqlite.is_taken(error):
                raise StoreUnavailableError(f"the database is away: {error.orig}") from error
            raise


def open_store(place: Place, fence: Fence | None = None) -> Store:
    """The migrated database at `place`; raises StoreError where there is none of this version.

    `fence`: what this server has seen committed, so that it writes to no older copy.
    """
    name = _name(place)
    if isinstance(place, Path) and not (place / sqlite.DATABASE_NAME).is_file():
        raise StoreError(f"no database at {name}: make one with `countersign-server init`")
    engine = _engine(place)
    try:
        found, wanted = _revision(engine), _head()
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(f"{name} does not open: {error.orig}") from error
    if found != wanted:
        engine.dispose()
        raise StoreError(f"{name} is of version {found}, this program's is {wanted}: `countersign-server migrate`")
    return Store(engine, fence)


def migrate(place: Place) -> str:
    """Makes or renews the database's tables, all or nothing; the version it has now. Raises StoreError."""
    if isinstance(place, Path):
        place.mkdir(parents=True, exist_ok=True)
    engine = _engine(place)
    config = _alembic()
    try:
        with engine.connect() as connection, connection.begin():
            locks.lock_tables(connection)
            _check_version(engine)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise StoreError(f"the database {_name(place)} cannot be renewed: {error.orig}") from error
    finally:
        engine.dispose()
    return _head()


def only_server(place: Place, certificate: Path | None = None) -> AbstractContextManager[None]:
    """Holds an SQLite folder for this process, or on PostgreSQL, which is shared, the `certificate`.

    Raises AlreadyRunningError while another server does.
    """
    if isinstance(place, Path):
        return sqlite.only_server(place)
    return nullcontext() if certificate is None else postgres.only_worker(place, certificate)


def no_server(place: Place) -> AbstractContextManager[None]:
    """Keeps every server of this database from running meanwhile; raises AlreadyRunningError while one does."""
    return sqlite.only_server(place) if isinstance(place, Path) else postgres.no_worker(place)


def _engine(place: Place) -> Engine:
    if isinstance(place, Path):
        return sqlite.make_engine(place / sqlite.DATABASE_NAME)
    return postgres.make_engine(place)


def _name(place: Place) -> str:
    """For messages: a URL hides its password."""
    return str(place / sqlite.DATABASE_NAME if isinstance(place, Path) else place)


def _check_version(engine: Engine) -> None:
    version = engine.dialect.server_version_info or ()
    if engine.dialect.name == postgres.DIALECT and version < postgres.OLDEST_VERSION:
        oldest = ".".join(map(str, postgres.OLDEST_VERSION))
        raise StoreError(f"PostgreSQL {oldest} or newer is needed; this is {'.'.join(map(str, version))}")


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _head() -> str:
    return ScriptDirectory.from_config(_alembic()).get_current_head() or ""


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
