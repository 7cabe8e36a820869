"""PostgreSQL, the store for several workers: its connections, and what its errors mean. Impure: sockets.

Transactions are READ COMMITTED, and what must not change under a decision is locked first (see `locks`). So the only
conflicts left are deadlocks and two workers that insert the same thing at once: the whole transaction is done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from psycopg.errors import Diagnostic
from psycopg.types.string import StrDumper
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from server_mqtt.shell.errors import AlreadyRunningError, ConfigError, KeyFileError, StoreError, StoreUnavailableError

DRIVER: Final = "postgresql+psycopg"
DIALECT: Final = "postgresql"

OLDEST_VERSION: Final = (15,)
"""What Debian 12 brings, and what the tests run on."""

CONNECT_TIMEOUT_S: Final = 5
"""A database that does not answer in this time is down: terminals are told, and it is tried again."""

FROZEN_WORKER_MS: Final = 30_000
"""A worker frozen this long in mid-transaction has its locks taken from it, and the transaction undone."""

SILENCE_MS: Final = 15_000
"""A database host that acknowledges nothing for this long is gone (TCP_USER_TIMEOUT)."""

RACES: Final = frozenset({"40001", "40P01", "23505"})
"""Serialisation failure, deadlock, and a unique key that another worker was first to use: done again as a whole."""

LOST: Final = frozenset(
    {"25006", "25P03", "25P04", "53000", "53100", "53200", "53300", "57P01", "57P02", "57P03", "57P05"}
)
"""A primary that became a standby, sessions that were ended, a machine without disk, memory or connections to spare,
shut down, crashed, starting: what passes, or what its operator can mend while we wait."""

_CONNECTION_EXCEPTIONS: Final = "08"

_WARNED: Final = "countersign_warned"
"""What is noted at a connection when PostgreSQL warns: nothing that is done here is warned of but a commit."""

_SERVERS: Final = 0x636F756E_73657276
"""The advisory lock that servers share while they run ("counserv"), so that one can tell that none does."""

_LOCK_BYTES: Final = 8
"""An advisory lock is a signed number of 64 bits."""

_NUL: Final = "\0"
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def checked_url(text: str) -> URL:
    """The URL in `text`, which hides its password when printed; raises ConfigError, without repeating it."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise ConfigError("database_url is no URL: postgresql+psycopg://user@host/name") from None
    if url.drivername != DRIVER:
        raise ConfigError(f"database_url begins with {DRIVER}://, not {url.drivername}://")
    if not url.database:
        raise ConfigError(f"database_url names no database: {url}")
    return url


def make_engine(url: URL) -> Engine:
    """Connections to the database at `url`, opened as they are needed."""
    engine = create_engine(
        url,
        hide_parameters=True,
        # A connection that died while it lay idle is replaced before anything depends on it.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": SILENCE_MS,
            "application_name": "countersign-server",
            # A commit that returned is durable, whatever the role's or the database's own setting says.
            "options": f"-c synchronous_commit=on -c idle_in_transaction_session_timeout={FROZEN_WORKER_MS}",
        },
    )
    event.listen(engine, "connect", _on_connect)
    return engine


@contextmanager
def only_worker(url: URL, certificate: Path) -> Iterator[None]:
    """Holds the name in `certificate` for this process; raises AlreadyRunningError while another server does.

    The broker throws off the elder of two of one name, so that neither would work. Held by a session of its own: after
    the database was away it is not held any more, and nothing depends on it.
    """
    try:
        digest = hashlib.sha256(certificate.read_bytes()).digest()
    except OSError as error:
        raise KeyFileError(f"{certificate}: {error.strerror}") from None
    number = int.from_bytes(digest[:_LOCK_BYTES], "big", signed=True)
    with _session(url) as connection:
        if not connection.execute(select(func.pg_try_advisory_lock(number))).scalar():
            raise AlreadyRunningError(f"another server is running with {certificate}: give each its own")
        if not connection.execute(select(func.pg_try_advisory_lock_shared(_SERVERS))).scalar():
            raise AlreadyRunningError("a command is at work here that no server may run beside: wait for its end")
        yield


@contextmanager
def no_worker(url: URL) -> Iterator[None]:
    """Keeps servers from starting; raises AlreadyRunningError while one runs."""
    with _session(url) as connection:
        if not connection.execute(select(func.pg_try_advisory_lock(_SERVERS))).scalar():
            raise AlreadyRunningError("a server is running on this database: stop every one first")
        yield


@contextmanager
def _session(url: URL) -> Iterator[Connection]:
    """A connection of its own, whose locks last as long; raises StoreError where there is none to be had."""
    engine = make_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    except DBAPIError as error:
        raise StoreError(f"{url} does not open: {error.orig}") from error
    finally:
        engine.dispose()


def check_replicated(connection: Connection) -> None:
    """Raises StoreUnavailableError if what was just committed may be on this one machine only.

    Whoever ends the wait for a synchronous standby leaves the commit standing, and PostgreSQL reports success, with a
    warning. Nobody is told of it then: done again, it is found done, and the wait begins anew.
    """
    if connection.info.pop(_WARNED, False):
        raise StoreUnavailableError("the commit's wait for a synchronous standby was ended: it may be on no standby")


def is_race(error: DBAPIError) -> bool:
    """Whether another worker was in the way: nothing has happened, and doing it again helps."""
    return _code(error) in RACES


def is_lost(error: DBAPIError) -> bool:
    """Whether the database is not to be reached: it is unknown whether a commit that was under way happened."""
    if error.connection_invalidated:
        return True
    code = _code(error)
    if code is None:
        # No server said anything: there was no connection to be had.
        return type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")
    return code in LOST or code.startswith(_CONNECTION_EXCEPTIONS)


def _code(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlstate", None)
    return code if isinstance(code, str) else None


def without_nul(text: str) -> str:
    """PostgreSQL's text holds no NUL; what a terminal may have written into a name must not stop the server."""
    return text.replace(_NUL, _REPLACEMENT)


class _TextWithoutNul(StrDumper):
    def dump(self, obj: str) -> Any:
        return super().dump(without_nul(obj))


def _on_connect(connection: Any, record: ConnectionPoolEntry) -> None:
    connection.adapters.register_dumper(str, _TextWithoutNul)

    def note(notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            record.info[_WARNED] = True

    connection.add_notice_handler(note)
