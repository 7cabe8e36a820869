"""Something that is done in a thread of its own beside the test, and whether it waits for a lock of PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from server_mqtt.shell.store import Store

WAIT_S: Final = 30.0
_LOOKS: Final = 1_000
"""So often it is looked whether somebody waits: seconds, on any machine."""


class Worker:
    """Runs one function in a thread of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.result: object = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.result = error

    def ended(self, within_s: float = WAIT_S) -> bool:
        """Whether the function has returned, or raised: then that is the result."""
        self._thread.join(within_s)
        return not self._thread.is_alive()


def waits(store: Store, sessions: int = 1) -> bool:
    """Whether so many sessions wait for a lock, looked for until they do."""
    looked = 0
    while looked < _LOOKS:
        with store.read() as connection:
            waiting = connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).scalar()
        if waiting == sessions:
            return True
        looked += 1
    return False
