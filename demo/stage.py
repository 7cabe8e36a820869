"""The stage: server, broker and terminals while a scene is played. It waits, keeps what it hears, and tells it.

Impure: processes, the server's database (read only), the clocks, files of pictures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from demo.children import Child, Children, python
from demo.crew import Crew, Station
from demo.errors import DemoError
from demo.installation import Installation
from demo.narration import Narrator
from demo.retelling import Telling, retell, retell_event
from demo.talk import AnyNews, AnyOrder, Scene, Seen, Trouble
from demo.watch import PaymentEvent, ServerWatch
from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.flow.states import FINAL
from terminal.presenter.view import ScreenName

PATIENCE_S: Final = 90.0
"""For one step of a scene: longer than any preset time, on a machine ten times as slow as a Raspberry Pi."""
START_PATIENCE_S: Final = 120.0
"""For two terminals to load their models, on such a machine."""
_LOOK_EVERY_S: Final = 0.05
START: Final = "start"
"""The folder of what the terminals show until they are ready."""
READY: Final = "READY"
"""What the server says on its standard output when it hears terminals."""


class Stage:
    """What a scene's script acts on. `events` and the stations' `seen` are of the present scene."""

    def __init__(self, shop: Installation, children: Children, narrator: Narrator, out: Path) -> None:
        self.shop = shop
        self.events: list[PaymentEvent] = []
        self.began_ms = 0
        self._children = children
        self._narrator = narrator
        self._out = out
        self._watch = ServerWatch(shop.data)
        self._server: Child | None = None
        self._crew = Crew(())
        self._folder = out
        self._pictures = 0

    def close(self) -> None:
        """Give the database back."""
        self._watch.close()

    # --- the parts ---

    def start_server(self, changed: Mapping[str, int | float] | None = None) -> None:
        """The server, with these settings of its policy changed. One that runs is ended first."""
        if self._server is not None:
            self._children.stop(self._server)
            self._server = None
        overlay = {f"COUNTERSIGN_POLICY_{name.upper()}": str(value) for name, value in (changed or {}).items()}
        command = python("server_mqtt", "run", "--config", self.shop.server_config)
        server = self._children.start("server", command, environ=overlay)
        self.until(lambda: READY in server.lines(), "the server to hear terminals", START_PATIENCE_S)
        self._server = server

    def open_terminals(self, stations: tuple[Station, ...]) -> None:
        """Wait until both are ready for payments. Raises DemoError."""
        self._crew = Crew(stations)
        self.open_scene(START)
        self.until(self.all_idle, "both terminals ready", START_PATIENCE_S)

    def at(self, role: Role) -> Station:
        """The terminal of this end."""
        return next(station for station in self._crew.stations if station.party.role is role)

    # --- scenes ---

    def open_scene(self, name: str) -> None:
        """Forget what was; pictures go into a folder of this name."""
        self._folder = self._out / name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pictures = 0
        self.events = []
        self.began_ms = now_ms()
        self._watch.skip()
        for station in self._crew.stations:
            station.seen, station.page = [], 0
            station.order(Scene(folder=str(self._folder.resolve())))

    def order(self, role: Role, order: AnyOrder) -> None:
        """Tell the person at this end."""
        self.at(role).order(order)

    def say(self, who: str, what: str) -> None:
        """Tell something that no process reports."""
        self._narrator.line((now_ms() - self.began_ms) / 1000, who, what)

    def until(self, done: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait, listen and tell, until `done`. Raises DemoError saying what was waited for and what is seen instead."""
        deadline_s = time.monotonic() + patience_s
        while not done():
            if time.monotonic() > deadline_s:
                raise DemoError(f"waited {patience_s:.0f} s for {what}; {self._situation()}")
            self._listen()

    def until_state(self, state: PaymentState) -> None:
        """Wait until the payment is in this state. Raises DemoError at once where it ended in another."""

        def reached() -> bool:
            states = [event.to for event in self.events]
            if states and states[-1] in FINAL and state not in states:
                raise DemoError(f"the payment ended, but {states[-1].value} instead of {state.value}")
            return state in states

        self.until(reached, f"the payment to be {state.value}")

    def until_shown(self, role: Role, screen: ScreenName) -> None:
        """Wait until the terminal of this end has shown this screen since the page was turned."""
        station = self.at(role)
        what = f"the {role.value}'s terminal to show {screen.value}"
        self.until(lambda: any(one.screen is screen for one in station.seen[station.page :]), what)

    def turn_page(self) -> None:
        """From here on `until_shown` waits for what is shown anew."""
        for station in self._crew.stations:
            station.page = len(station.seen)

    def all_idle(self) -> bool:
        """Whether both terminals are at rest."""
        return all(one.last is not None and one.last.screen is ScreenName.IDLE for one in self._crew.stations)

    def _listen(self) -> None:
        told = [self._hear(station, one) for station, one in self._crew.hear(_LOOK_EVERY_S)]
        for event in self._watch.news():
            again = any(event.step is earlier.step for earlier in self.events)
            self.events.append(event)
            told.append((event.at_ms, retell_event(event, again=again)))
        for at_ms, telling in sorted(told, key=lambda one: one[0]):
            if telling is not None:
                self._narrator.line(max(0, at_ms - self.began_ms) / 1000, *telling)
        self._children.require_running()

    def _hear(self, station: Station, one: AnyNews) -> tuple[int, Telling | None]:
        if isinstance(one, Trouble):
            raise DemoError(f"{station.party.device}: {one.why}")
        if isinstance(one, Seen):
            one = self._file(station, one)
            station.seen.append(one)
        return one.at_ms, retell(one, station.party)

    def _file(self, station: Station, seen: Seen) -> Seen:
        """Give the picture its place in the scene's order."""
        self._pictures += 1
        name = f"{self._pictures:02d}-{station.party.role.value}-{seen.screen.value}.png"
        picture = Path(seen.picture).rename(self._folder / name)
        return msgspec.structs.replace(seen, picture=str(picture))

    def _situation(self) -> str:
        screens = [
            f"{station.party.device} shows " + (f'{last.screen.value} "{last.title}"' if last else "nothing yet")
            for station in self._crew.stations
            for last in (station.last,)
        ]
        state = f"the payment is {self.events[-1].to.value}" if self.events else "no payment was made"
        return "; ".join((*screens, state))


def now_ms() -> int:
    """The monotonic clock that the terminals' news are in."""
    return time.monotonic_ns() // 1_000_000
