"""A real PostgreSQL of the tests' own, from the system's package: a cluster in a folder that goes away, a socket in it.

The system's own cluster is never touched. PostgreSQL refuses to run as root: then it runs as `postgres`, or `nobody`.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

_PROGRAMS: Final = "/usr/lib/postgresql"
_USER: Final = "countersign"
_START_TIMEOUT_S: Final = 60
_LOOK_AGAIN_S: Final = 0.01

_OPTIONS: Final = "-c listen_addresses= -c max_connections=60 -c shared_buffers=32MB -c deadlock_timeout=100ms"

_NOT_DURABLE: Final = "-c fsync=off"
"""The tests kill programs, not the machine: what a program has written stays."""


def find_programs() -> Path:
    """The folder of the newest initdb, pg_ctl and postgres; skips the calling test without them."""
    found = [path.parent for path in Path(_PROGRAMS).glob("*/bin/initdb")]
    if not found:
        pytest.skip("PostgreSQL is missing: apt-get install postgresql")
    return max(found, key=lambda folder: float(folder.parent.name))


class PrivatePostgres:
    """One cluster, running from the beginning, also as a context."""

    def __init__(self, *, durable: bool = False, standby_of: PrivatePostgres | None = None) -> None:
        """`durable`: what is committed survives the machine, too, which takes as long as its disk takes.

        `standby_of`: it follows another.
        """
        self._options = _OPTIONS if durable else f"{_OPTIONS} {_NOT_DURABLE}"
        self._programs = find_programs()
        self._owner = _owner()
        # Not under pytest's own folder: only its owner may look into that, and a socket's path is short.
        self.folder = Path(tempfile.mkdtemp(prefix="countersign-postgres-"))
        if self._owner is not None:
            os.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
        self._numbers = itertools.count(1)
        self._running = False
        try:
            if standby_of is None:
                initdb = ["--no-sync", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C"]
                self._run("initdb", *initdb)
                self.start()
            else:
                self.follow(standby_of)
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._running:
            self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Runs it, and returns when it accepts connections."""
        options = f"{self._options} -c unix_socket_directories={self.folder}"
        waiting = ["--wait", f"--timeout={_START_TIMEOUT_S}"]
        self._run("pg_ctl", "start", *waiting, f"--log={self.folder}/log", "-o", options)
        self._running = True

    def stop(self, mode: str = "immediate") -> None:
        """Ends it, every connection with it: `fast`, or `immediate` as in a crash."""
        self._running = False
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}")

    def processes(self) -> list[int]:
        """The ids of all that run of it now."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def kill(self) -> None:
        """SIGKILL to all of it at once, as if its machine's power failed."""
        self._running = False
        lock = self.folder / "data" / "postmaster.pid"
        processes = self.processes()
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_runs(process) for process in processes):
            time.sleep(_LOOK_AGAIN_S)
        # Dead, but perhaps not yet buried: then the next one would take them for running.
        for left in (lock, *self.folder.glob(".s.PGSQL.*.lock")):
            left.unlink(missing_ok=True)

    def follow(self, primary: PrivatePostgres) -> None:
        """Makes it a streaming standby of `primary`, from a new base backup; whatever it held is gone."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        where = [f"--host={primary.folder}", f"--username={_USER}"]
        self._run("pg_basebackup", *where, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        self.start()

    def promote(self) -> None:
        """Makes a standby a primary, and returns when it is one."""
        self._run("pg_ctl", "promote", "--wait")

    def ask(self, statement: str) -> Any:
        """The first value that `statement` gives, outside any transaction; None if it gives none."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None

    def new_database(self) -> URL:
        """An empty database."""
        return self._create("")

    def _create(self, how: str) -> URL:
        name = f"countersign_{next(self._numbers)}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} {how}")
        engine.dispose()
        return self.url(name)

    def copy_of(self, template: URL) -> URL:
        """A new database that begins as `template`, which nobody is connected to."""
        return self._create(f"TEMPLATE {template.database}")

    def url(self, database: str) -> URL:
        """Where `database` is."""
        return URL.create("postgresql+psycopg", _USER, database=database, query={"host": str(self.folder)})

    def pgbench(self, database: URL, *options: str) -> str:
        """What pgbench says of a run with `options` on `database`."""
        where = [f"--host={self.folder}", f"--username={_USER}", str(database.database)]
        return self._execute(["pgbench", *options, *where])

    def _run(self, program: str, *arguments: str) -> None:
        self._execute([program, f"--pgdata={self.folder}/data", *arguments], says=False)

    def _execute(self, command: Sequence[str], *, says: bool = True) -> str:
        owner = self._owner
        done = subprocess.run(
            [self._programs / command[0], *command[1:]],
            user=None if owner is None else owner.pw_uid,
            group=None if owner is None else owner.pw_gid,
            extra_groups=None if owner is None else [],
            cwd=self.folder,
            # A server that goes on in the background would keep a pipe open.
            stdout=subprocess.PIPE if says else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            msg = f"{command[0]} ends with {done.returncode}: {done.stderr[-2000:]}"
            raise RuntimeError(msg)
        return done.stdout or ""


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "XZ"


def _owner() -> pwd.struct_passwd | None:
    """Whom the cluster runs as, if not as us."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
