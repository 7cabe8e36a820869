"""The server as whoever operates it sees it: ready, alive, without its broker, ending. Impure: tells them at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Final

import structlog

from server_mqtt.shell.metrics import Metrics
from server_mqtt.shell.systemd import ServiceManager

EXIT_BY_SIGNAL: Final = 128
"""Plus the signal's number: what a shell reports of a process that a signal ended."""

TAKES_PAYMENTS: Final = "takes payments"

log = structlog.get_logger(__name__)


class Service:
    """Tells the service manager, the metrics and the log; standard output once, that terminals are heard."""

    def __init__(self, manager: ServiceManager, metrics: Metrics) -> None:
        self.manager, self.metrics = manager, metrics
        self._said = False
        self._ending = False

    def ready(self) -> None:
        """Terminals are heard, and what was due is committed."""
        log.info("server_ready")
        self.metrics.broker(there=True)
        if self._said:
            self.manager.status(TAKES_PAYMENTS)
            return
        self._said = True
        self.manager.ready(TAKES_PAYMENTS)
        sys.stdout.write("READY\n")
        sys.stdout.flush()

    def broker_lost(self) -> None:
        """No terminal is heard any more."""
        self.metrics.broker(there=False)
        self.manager.status("looks for the broker: no terminal is heard")

    def end(self, number: int, stop: Callable[[], None]) -> None:
        """By the signal `number`. The first lets the batch in hand be finished; a second is as good as a kill."""
        if self._ending:
            log.warning("server_ended_at_once")
            # Not even an exit handler: whoever asks twice does not want to wait, and what is committed is committed.
            os._exit(EXIT_BY_SIGNAL + number)
        self._ending = True
        log.info("server_stopping")
        self.manager.stopping()
        stop()
