"""A disk that keeps whole transactions, or nothing of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Any = object()


class KilledError(Exception):
    """The process that was at it is dead. No code of the product may catch it."""


class Rows(Generic[K, V]):
    """One table: written to within transactions only."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.kept: dict[K, V] = {}

    def find(self, key: K) -> V | None:
        """The row of this key."""
        return self.kept.get(key)

    def write(self, key: K, value: V) -> None:
        """A new row, or another in its place."""
        self._disk.undo.append((self.kept, key, self.kept.get(key, _ABSENT)))
        self.kept[key] = value

    def add(self, key: K, value: V) -> None:
        """A new row; a second of its key is a fault, as in the real schema."""
        assert key not in self.kept, f"a second row of {key}"
        self.write(key, value)

    def erase(self, key: K) -> None:
        """The row is gone, if there was one."""
        if key in self.kept:
            self._disk.undo.append((self.kept, key, self.kept.pop(key)))


class Disk:
    """What outlives a process."""

    def __init__(self) -> None:
        self.undo: list[tuple[dict[Any, Any], Any, Any]] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written meanwhile is kept if this ends, and nothing of it if it raises."""
        self.undo.clear()
        try:
            yield
        except BaseException:
            for rows, key, before in reversed(self.undo):
                if before is _ABSENT:
                    del rows[key]
                else:
                    rows[key] = before
            raise
