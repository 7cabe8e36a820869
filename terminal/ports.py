"""What the session needs of the outside, as small protocols: a link, sensors, clocks. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from terminal.devices.arrival import Arrival
from terminal.outbox.book import Now
from terminal.session.commands import StartCapture


class LinkPort(Protocol):
    """The connection to the broker."""

    @property
    def online(self) -> bool:
        """Whether the broker let us in."""
        ...

    def publish(self, kind: str, payload: bytes, expiry_s: int | None = None) -> bool:
        """Hand over one message; False if there is no connection. `expiry_s`: the broker drops it after that."""
        ...

    def acknowledge(self, arrival: Arrival) -> None:
        """This message need not be delivered again."""
        ...

    def drop(self) -> None:
        """Connect anew, so that what was not acknowledged is delivered again."""
        ...


class SensorsPort(Protocol):
    """The sensors; their news come as events."""

    @property
    def model_hash(self) -> str:
        """Of the bundle that is loaded, empty before."""
        ...

    def start_capture(self, command: StartCapture) -> None:
        """Begin, once what was stopped before has ended."""
        ...

    def stop_capture(self, instruction_id: str) -> None:
        """End it soon; nobody waits for its outcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Milliseconds: `monotonic` for every interval, `wall` for nothing but ages across restarts."""

    monotonic: Callable[[], int]
    wall: Callable[[], int]

    def now(self) -> Now:
        """This moment."""
        return Now(monotonic_ms=self.monotonic(), wall_ms=self.wall())
