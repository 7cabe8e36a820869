"""What the worker tells of its work, to whoever counts it. Pure: the interface, and nobody who listens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Meter(Protocol):
    """Counts. Everything is called from the event loop and returns at once."""

    def arrived(self, topic: str) -> None:
        """A message came, by the broker's word for where it belongs."""
        ...

    def put_off(self, *, too_fast: bool) -> None:
        """A message was answered with "busy": its terminal says too much, or all of them together do."""
        ...

    def committed(self, works: int, seconds: float, notes: Sequence[Mapping[str, object]]) -> None:
        """One transaction over so many pieces of work, and what it says of them."""
        ...

    def compared(self, seconds: float) -> None:
        """One answer was compared."""
        ...

    def database(self, *, there: bool) -> None:
        """The database answers, or does not."""
        ...

    def broker(self, *, there: bool) -> None:
        """Terminals are heard, or not."""
        ...


class NoMeter:
    """Nobody counts."""

    def arrived(self, topic: str) -> None:
        """Not counted."""

    def put_off(self, *, too_fast: bool) -> None:
        """Not counted."""

    def committed(self, works: int, seconds: float, notes: Sequence[Mapping[str, object]]) -> None:
        """Not counted."""

    def compared(self, seconds: float) -> None:
        """Not counted."""

    def database(self, *, there: bool) -> None:
        """Not counted."""

    def broker(self, *, there: bool) -> None:
        """Not counted."""
