"""What every capture shares: its time, whether anybody still waits for it, whom it tells how far it is.

Impure: asks the clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from server_mqtt.contract.messages import CaptureOutcome
from terminal.session.state import Progress

ANSWER_MARGIN_MS: Final = 700
"""An answer that there was nothing to capture must still reach the server within the preset time."""

Preview = NDArray[np.uint8]
"""RGB uint8[H, W, 3], unmirrored."""


class CaptureOver(Exception):  # noqa: N818 - no error: the end of a capture that has no probes
    """The capture ends without a probe: with this outcome, or, where that is None, because its time is over."""

    def __init__(self, outcome: CaptureOutcome | None) -> None:
        super().__init__("time over" if outcome is None else outcome.value)
        self.outcome = outcome


class CaptureStopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """Nobody waits for this capture any more."""


class Run:
    """One capture's way to the outside. `moved` and `seen` must return at once."""

    def __init__(
        self,
        *,
        ends_at_ms: int,
        clock: Callable[[], int],
        stopped: threading.Event,
        moved: Callable[[Progress], None],
        seen: Callable[[Preview], None],
    ) -> None:
        self.seen = seen
        self._ends_at_ms = ends_at_ms
        self._clock = clock
        self._stopped = stopped
        self._moved = moved
        self._told: Progress | None = None

    @property
    def left_ms(self) -> int:
        """Of the preset time; not negative."""
        return max(0, self._ends_at_ms - self._clock())

    @property
    def stopped(self) -> bool:
        """Whether somebody ended it."""
        return self._stopped.is_set()

    @property
    def over(self) -> bool:
        """Whether there is no reason to go on."""
        return self.stopped or self.left_ms == 0

    def check(self) -> None:
        """Returns while there is reason to go on; raises CaptureStopped or CaptureOver."""
        if self.stopped:
            raise CaptureStopped
        if self.left_ms == 0:
            raise CaptureOver(None)

    def move(self, progress: Progress) -> None:
        """Tell how far it is, if that is news."""
        if progress != self._told:
            self._told = progress
            self._moved(progress)
