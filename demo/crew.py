"""The two terminals as the director has them: a process each, orders to it, news from it. Impure: pipes, processes."""

from __future__ import annotations

import os
import selectors
from collections.abc import Iterator
from pathlib import Path

import msgspec

from demo.children import Child, Children, python
from demo.errors import DemoError
from demo.people import Party
from demo.talk import AnyNews, AnyOrder, Seen, line_of, news_in

_READ_BYTES = 65_536


class Station:
    """One terminal's process. What it showed in the present scene is in `seen`, oldest first; `page` is where the
    scene's present part begins in it.
    """

    def __init__(self, children: Children, party: Party, config: Path, left: int | None) -> None:
        position = () if left is None else ("--left", str(left))
        self.party = party
        self.seen: list[Seen] = []
        self.page = 0
        self.child: Child = children.start(party.device, python("demo.terminal", config, *position), talks=True)
        assert self.child.process.stdout is not None  # noqa: S101 - as it was started
        os.set_blocking(self.child.process.stdout.fileno(), False)
        self._rest = b""

    def fileno(self) -> int:
        """Where its news come from, for a selector."""
        assert self.child.process.stdout is not None  # noqa: S101 - as it was started
        return self.child.process.stdout.fileno()

    def order(self, order: AnyOrder) -> None:
        """Tell the person there. Raises DemoError where the terminal is gone."""
        assert self.child.process.stdin is not None  # noqa: S101 - as it was started
        try:
            self.child.process.stdin.write(line_of(order))
            self.child.process.stdin.flush()
        except BrokenPipeError:
            self.child.require_running()
            raise DemoError(f"{self.party.device} takes no orders:\n{self.child.tail()}") from None

    def news(self) -> Iterator[AnyNews]:
        """What came since the last call. Raises DemoError for what is no news."""
        try:
            data = os.read(self.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.child.process.wait()
            self.child.require_running()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                yield news_in(line)
            except msgspec.DecodeError as error:
                raise DemoError(f"{self.party.device} said something else than news: {error}") from error

    @property
    def last(self) -> Seen | None:
        """What its screen shows."""
        return self.seen[-1] if self.seen else None


class Crew:
    """Both of them, and waiting for either."""

    def __init__(self, stations: tuple[Station, ...]) -> None:
        self.stations = stations
        self._selector = selectors.DefaultSelector()
        for station in stations:
            self._selector.register(station, selectors.EVENT_READ, station)

    def hear(self, timeout_s: float) -> Iterator[tuple[Station, AnyNews]]:
        """News of either, as they come; waits at most `timeout_s` for the first. Raises DemoError."""
        for key, _ in self._selector.select(timeout_s):
            station: Station = key.data
            for one in station.news():
                yield station, one
