"""Simulated time: what is to happen, in order. Nothing here waits."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

Happening = Callable[[], None]


class Clockwork:
    """Milliseconds; what is due at the same moment happens in the order of its making."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.steps = 0
        self._due: list[tuple[int, int, Happening]] = []
        self._made = 0

    def after(self, delay_ms: int, happening: Happening) -> None:
        """`happening`, so much later."""
        self._made += 1
        heapq.heappush(self._due, (self.now_ms + max(0, delay_ms), self._made, happening))

    def step(self) -> bool:
        """Lets the next thing happen; False if nothing is to happen any more."""
        if not self._due:
            return False
        self.now_ms, _, happening = heapq.heappop(self._due)
        self.steps += 1
        happening()
        return True

    @property
    def next_ms(self) -> float:
        """When the next thing happens; never, if nothing is to happen any more."""
        return self._due[0][0] if self._due else math.inf
