"""Ways to strike PostgreSQL under a server: all of it, one of its sessions, and the disk under a session."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from tests.killing.blows import Blow, Tracer
from tests.killing.place import Place
from tests.killing.trial import Trial, disturb
from tests.private_postgres import PrivatePostgres

_SESSIONS: Final = """\
SELECT coalesce(array_agg(pid ORDER BY backend_start), '{}') FROM pg_stat_activity
WHERE application_name = 'countersign-server'
"""
"""Under which name PostgreSQL knows those of a server."""


def shut_down(postgres: PrivatePostgres) -> None:
    """It ends at once, as its operator may want it to, and is started again."""
    postgres.stop("immediate")
    postgres.start()


def kill(postgres: PrivatePostgres) -> None:
    """All of it dies, and is started again."""
    postgres.kill()
    postgres.start()


def kill_session(postgres: PrivatePostgres) -> None:
    """One of a server's; PostgreSQL then ends all of them and recovers."""
    sessions = _sessions(postgres)
    if sessions:
        os.kill(sessions[0], signal.SIGKILL)


def session_struck(count: int, blow: Blow, at: int) -> Callable[[Place], Trial]:
    """A trial of `count` payments in which `blow` meets the `at`-th durable write of a server's session.

    PostgreSQL takes a failed sync for the loss of what was written: it ends all sessions and recovers.
    """

    def run(place: Place) -> Trial:
        postgres = place.postgres
        assert postgres is not None
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            tracers: list[Tracer] = []

            def look() -> None:
                if not tracers:
                    # Once the server is there, and with it its sessions: those of the tests write nothing meanwhile.
                    tracer = Tracer(_sessions(postgres), blow, at, Path(folder, "trace"))
                    tracers.append(stack.enter_context(closing(tracer)))
                tracers[0].look()

            trial = disturb(place.shop, place.server, look, count)
            assert tracers[0].met, "no session wrote so often"
        return trial

    return run


def _sessions(postgres: PrivatePostgres) -> list[int]:
    found: list[int] = postgres.ask(_SESSIONS)
    return found
