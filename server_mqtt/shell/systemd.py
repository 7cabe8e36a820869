"""What a server tells the service manager that started it: ready, how it is, alive, stopping. Impure: a socket.

sd_notify(3) is one datagram of text lines to the socket that NOTIFY_SOCKET names; a dozen lines of our own are less
than a binding to libsystemd, and a server on a bench without systemd needs neither.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final

import structlog

from server_mqtt.shell.errors import ConfigError

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"
STOPPING: Final = "STOPPING=1"

PINGS_PER_TIMEOUT: Final = 3
"""sd_watchdog_enabled(3) recommends twice per timeout; one more, so that one late ping is no death."""

SEND_TIMEOUT_S: Final = 1.0
"""A service manager that does not read its socket must not hold up payments."""

log = structlog.get_logger(__name__)


class ServiceManager:
    """Where the notifications go; nowhere, if `address` is empty."""

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        """`address` a path, or a name of the abstract namespace after an "@"; `watchdog_s` the service's timeout."""
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog_s = watchdog_s if address else None

    @property
    def ping_every_s(self) -> float | None:
        """How often `alive` must be said; None where nobody waits for it."""
        return None if self._watchdog_s is None else self._watchdog_s / PINGS_PER_TIMEOUT

    def ready(self, status: str) -> None:
        """Start-up is over."""
        self._tell(READY, f"STATUS={status}")

    def status(self, status: str) -> None:
        """What `systemctl status` shows, in one line for people."""
        self._tell(f"STATUS={status}")

    def alive(self) -> None:
        """The server still gets on with its work."""
        self._tell(ALIVE)

    def stopping(self) -> None:
        """The server ends, and wants to."""
        self._tell(STOPPING, "STATUS=finishing what it has begun")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
                datagrams.settimeout(SEND_TIMEOUT_S)
                datagrams.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            # Payments do not depend on it; whoever waits for the notification will see it missing.
            log.warning("service_manager_not_told", told=lines[0], error=str(error))


def service_manager(environ: Mapping[str, str], pid: int) -> ServiceManager:
    """The manager that started the process `pid`, by the variables it set (sd_notify(3), sd_watchdog_enabled(3)).

    Raises ConfigError where WATCHDOG_USEC is no number of microseconds.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    timeout_us = environ.get("WATCHDOG_USEC", "")
    of_us = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
    if not timeout_us or not of_us:
        return ServiceManager(address)
    if not timeout_us.isdecimal() or int(timeout_us) == 0:
        raise ConfigError(f"WATCHDOG_USEC is {timeout_us!r}, not a number of microseconds")
    return ServiceManager(address, int(timeout_us) / 1_000_000)
