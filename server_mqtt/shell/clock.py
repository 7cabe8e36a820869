"""The server's time. Impure: reads the operating system's clocks.

Milliseconds since 1970-01-01 UTC, anchored once at start and carried on by the monotonic clock: while a server runs,
its time neither jumps nor goes back, whatever happens to the wall clock. Across restarts it never falls behind what the
database has seen.
"""

from __future__ import annotations

import time
from typing import Final, Protocol

_NS_PER_MS: Final = 1_000_000


class Clock(Protocol):
    """Server time in ms; never smaller than it was."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


class ServerClock:
    """The wall clock at start, and the monotonic clock from there on."""

    def __init__(self, not_before_ms: int = 0) -> None:
        self._anchor_ms = max(time.time_ns() // _NS_PER_MS, not_before_ms)
        self._started_ns = time.monotonic_ns()

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC, never smaller than before."""
        return self._anchor_ms + (time.monotonic_ns() - self._started_ns) // _NS_PER_MS
