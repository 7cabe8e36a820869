"""Says how far a build is. Impure: writes to the stream it is given.

On a terminal the running line is written over itself; elsewhere (a log) a download takes a line per quarter.
"""

from __future__ import annotations

from typing import TextIO

from models.build.files import MEGABYTE

_LOG_STEP_PERCENT = 25


class Progress:
    """The voice of one build."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rewrites = stream.isatty()
        self._said: int | None = None

    def say(self, text: str) -> None:
        """One whole line."""
        self._write(f"{text}\n")

    def begin(self, what: str, total_bytes: int) -> None:
        """A download was asked for."""
        self._said = None
        self.arrived(what, 0, total_bytes)

    def arrived(self, what: str, done_bytes: int, total_bytes: int) -> None:
        """`done_bytes` of `what` are here."""
        percent = min(100, 100 * done_bytes // max(total_bytes, 1))
        step = percent if self._rewrites else percent // _LOG_STEP_PERCENT * _LOG_STEP_PERCENT
        if step == self._said:
            return
        self._said = step
        line = f"  {what}: {done_bytes / MEGABYTE:.1f} of {total_bytes / MEGABYTE:.1f} MB ({percent} %)"
        self._write(f"\r{line}{'' if percent < 100 else chr(10)}" if self._rewrites else f"{line}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
