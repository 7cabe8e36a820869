"""How the library is let ask a reader: again where that may help, and after a reset where the reader hangs.

Impure: talks to the port and asks a clock. Used from one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware_bridge.errors import SensorCorrupt, SensorError, SensorStatus, SensorTimedOut
from firmware_bridge.r503.checked_port import CheckedPort
from firmware_bridge.r503.status import Confirmation

Answer = TypeVar("Answer")

COMMAND_TIMEOUT_S = 5.0
"""A command is not asked again after that: two answers that did not come, a reset, and time to spare."""

ATTEMPTS = 3
"""An answer may be lost, and so may the next, when the reader hangs and is reset after it."""

_PASSING = frozenset({Confirmation.PACKET_ERROR, Confirmation.PASSWORD_REQUIRED})
"""What the reader says when a command did not reach it whole, and when it forgot the password."""


def ask(port: CheckedPort, question: Callable[[], Answer]) -> Answer:
    """Let the library ask. What it would raise after all is a broken answer. Raises SensorError."""
    try:
        return question()
    except RuntimeError as error:
        raise SensorCorrupt(f"{port.name}: {error}") from error


class Questions:
    """To one reader that was found. `verify` tells it its password; `can_reset` says whether it takes SoftRst."""

    def __init__(
        self, port: CheckedPort, verify: Callable[[], int], *, can_reset: bool, clock: Callable[[], float]
    ) -> None:
        self._port = port
        self._verify = verify
        self._can_reset = can_reset
        self._clock = clock

    def insist(self, question: Callable[[], Answer], *, image: bool = False) -> Answer:
        """Ask for what may be asked again, ATTEMPTS times at most and not after COMMAND_TIMEOUT_S.

        Where the question is about the `image` that the reader holds, an image's own time comes on top, and a reset
        ends it, for that loses the image. Raises SensorError.
        """
        deadline_s = self._clock() + COMMAND_TIMEOUT_S + (self._port.upload_timeout_s if image else 0.0)
        for attempt in range(1, ATTEMPTS):
            try:
                return ask(self._port, question)
            except (SensorTimedOut, SensorCorrupt, SensorStatus) as error:
                if self._clock() > deadline_s or not self._can_ask_again(error, attempt, image=image):
                    raise
        return ask(self._port, question)

    def _can_ask_again(self, error: SensorError, attempt: int, *, image: bool) -> bool:
        """Do what helps against `error`, the outcome of the attempt of this number; False where nothing does."""
        if isinstance(error, SensorStatus):
            if error.status == Confirmation.PASSWORD_REQUIRED:  # its power failed for a moment
                ask(self._port, self._verify)
            return error.status in _PASSING
        if attempt == 1:
            return True
        if isinstance(error, SensorCorrupt) or not self._can_reset:
            return False
        self._port.soft_reset()  # no answer twice: it hangs
        ask(self._port, self._verify)
        return not image
