"""What happened in a world, for people. Lines are made only where somebody wants to read them."""

from __future__ import annotations

from tests.simulation.clockwork import Clockwork

_MS_PER_S = 1_000


class Trace:
    """Lines, each with its moment."""

    def __init__(self, clockwork: Clockwork, *, since_ms: int, wanted: bool) -> None:
        self._clockwork, self._since_ms, self._wanted = clockwork, since_ms, wanted
        self.lines: list[str] = []

    def note(self, who: str, what: str, *about: object) -> None:
        """`who` did `what`; ids are cut short to what tells them apart."""
        if not self._wanted:
            return
        seconds = (self._clockwork.now_ms - self._since_ms) / _MS_PER_S
        words = " ".join(_short(one) for one in about if one is not None and one != "")
        self.lines.append(f"{seconds:11.3f}  {who:13}  {what} {words}".rstrip())


def _short(value: object) -> str:
    text = str(value)
    return text[:6] if len(text) == 32 and text.isalnum() else text
