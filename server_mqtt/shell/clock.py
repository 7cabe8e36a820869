"""The server's time. Impure: reads the operating system's clocks, and warns in the log.

Milliseconds since 1970-01-01 UTC, but carried on by the time since the machine's start, never by the wall clock:
however that jumps, server time goes on as fast as time does. Where it begins is kept in the database (`clock_anchors`).
"""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Final, Protocol

import structlog

JUMP_MS: Final = 60_000
"""A wall clock that differs from the course of time by this much from one look to the next was set, not corrected."""

_NS_PER_MS: Final = 1_000_000
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

_TIMEX_BYTES: Final = 512
"""More than Linux's `struct timex` (208 bytes); all zero it asks and changes nothing."""

_CLOCK_STATES: Final = range(5)
"""What adjtimex(2) returns while the clock is synchronised; TIME_ERROR, or -1, if not."""

log = structlog.get_logger(__name__)


class Clock(Protocol):
    """Server time in ms; never smaller than it was."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


class Machine(Protocol):
    """What the operating system says of time."""

    @property
    def boot(self) -> str:
        """Which start of which machine this is: another after every start."""
        ...

    def since_boot_ms(self) -> int:
        """Milliseconds since that start, those asleep included. Nobody can set it."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC, as somebody set it."""
        ...

    def wall_synchronised(self) -> bool:
        """Whether the wall clock follows a time server at this moment."""
        ...


class LinuxMachine:
    """The machine we run on."""

    @property
    def boot(self) -> str:
        """The kernel's own id."""
        return _BOOT_ID.read_text(encoding="ascii").strip()

    def since_boot_ms(self) -> int:
        """CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NS_PER_MS

    def wall_ms(self) -> int:
        """CLOCK_REALTIME."""
        return time.time_ns() // _NS_PER_MS

    def wall_synchronised(self) -> bool:
        """As adjtimex(2) says."""
        return ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) in _CLOCK_STATES


class ServerClock:
    """`anchor_ms` at the moment when it is made, and the time since then from there on."""

    def __init__(self, machine: Machine, anchor_ms: int) -> None:
        self._machine, self._anchor_ms = machine, anchor_ms
        self._started_ms = machine.since_boot_ms()
        self._ahead_ms = machine.wall_ms() - anchor_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC, never smaller than before."""
        now_ms = self._anchor_ms + self._machine.since_boot_ms() - self._started_ms
        ahead_ms = self._machine.wall_ms() - now_ms
        warn_of_jump(self._ahead_ms, ahead_ms)
        self._ahead_ms = ahead_ms
        return now_ms


def warn_of_jump(before_ms: int, ahead_ms: int) -> None:
    """Notes in the log that the wall clock was set, given how far it was ahead of the server's time, and is."""
    if abs(ahead_ms - before_ms) >= JUMP_MS:
        log.warning("wall_clock_jumped", by_ms=ahead_ms - before_ms, ahead_of_server_time_ms=ahead_ms)
