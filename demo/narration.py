"""The demo tells what happens: who, what, when. Impure: writes to the stream it is given, and nothing else.

Colours only where a person looks at a terminal and did not ask for none (NO_COLOR, https://no-color.org).
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, TextIO

WHO_WIDTH: Final = 22
_TIME_WIDTH: Final = 9
_MIN_WIDTH: Final = 60
_MAX_WIDTH: Final = 130


class Ink(Enum):
    """Colours by what they mean (ANSI SGR)."""

    PLAIN = "0"
    STRONG = "1"
    QUIET = "2"
    PAYER = "36"
    PAYEE = "35"
    SERVER = "34"
    GOOD = "32"
    WAITING = "33"
    BAD = "31"


class Narrator:
    """Lines for people. Times are seconds since the scene or the step began."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._stream = stream
        self._colours = stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self._width = min(_MAX_WIDTH, max(_MIN_WIDTH, shutil.get_terminal_size((110, 24)).columns))

    def heading(self, text: str) -> None:
        """A new part."""
        self._write(f"\n{self._inked(text, Ink.STRONG)}\n")

    def story(self, text: str) -> None:
        """What is going to be seen."""
        for line in textwrap.wrap(text, self._width - 2):
            self._write(f"  {self._inked(line, Ink.QUIET)}\n")

    def line(self, at_s: float, who: str, what: str, ink: Ink = Ink.PLAIN) -> None:
        """One thing that happened."""
        room = max(20, self._width - _TIME_WIDTH - WHO_WIDTH - 1)
        lines = textwrap.wrap(what, room) or [""]
        self._write(f"{at_s:7.1f} s {self._inked(who.ljust(WHO_WIDTH), ink)}{self._marked(lines[0], ink)}\n")
        for more in lines[1:]:
            self._write(f"{'':{_TIME_WIDTH + WHO_WIDTH}}{self._marked(more, ink)}\n")

    def say(self, text: str = "", ink: Ink = Ink.PLAIN) -> None:
        """A line outside any scene."""
        self._write(f"{self._inked(text, ink)}\n")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Aligned columns; those of `right` (their numbers) end flush."""
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
        for number, row in enumerate((head, *rows)):
            cells = [
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            text = "  ".join(cells).rstrip()
            self._write(f"  {self._inked(text, Ink.STRONG) if number == 0 else text}\n")

    def _marked(self, text: str, ink: Ink) -> str:
        return self._inked(text, ink) if ink in (Ink.GOOD, Ink.WAITING, Ink.BAD) else text

    def _inked(self, text: str, ink: Ink) -> str:
        return f"\033[{ink.value}m{text}\033[0m" if self._colours and ink is not Ink.PLAIN and text else text

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
