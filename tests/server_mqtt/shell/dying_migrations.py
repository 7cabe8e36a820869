"""`python -m tests.server_mqtt.shell.dying_migrations PLACE ...`: migrates each empty database, each dies elsewhere.

Prints how many statements a migration has, which the first place is for; the others die before statements that are
spread over all of them, the last one before its commit. Each dies in a process of its own, by SIGKILL. Impure.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import Engine

from server_mqtt.shell.store import Place, migrate


class Counting:
    """Calls `at_it` when statement number `fatal` is about to be executed; the commit is the one after the last."""

    def __init__(self, fatal: int | None, at_it: Callable[[], None]) -> None:
        self.done, self._fatal, self._at_it = 0, fatal, at_it

    def another(self, *_: Any) -> None:
        """SQLAlchemy is about to execute something."""
        if self.done == self._fatal:
            self._at_it()
        self.done += 1


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _migrate(place: Place, fatal: int | None) -> int:
    """How many statements there were."""
    counting = Counting(fatal, _die)
    event.listen(Engine, "before_cursor_execute", counting.another)
    event.listen(Engine, "commit", counting.another)
    migrate(place)
    event.remove(Engine, "before_cursor_execute", counting.another)
    event.remove(Engine, "commit", counting.another)
    return counting.done


def _die_in(place: Place, fatal: int) -> None:
    child = os.fork()
    if child == 0:
        _migrate(place, fatal)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"statement {fatal} was never reached"


def main(names: list[str]) -> None:
    """Each of `names` is a folder or a URL."""
    places: list[Place] = [make_url(name) if "://" in name else Path(name) for name in names]
    statements = _migrate(places[0], None)
    for number, place in enumerate(places[1:], 1):
        _die_in(place, (statements - 1) * number // (len(places) - 1))
    sys.stdout.write(f"{statements}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
