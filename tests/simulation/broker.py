"""A broker and its wires: sessions that are kept for terminals, none for the server, and everything that MQTT may do.

More than MQTT may do: messages of one topic overtake each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from server_mqtt.contract import topics
from server_mqtt.shell.broker import Publication
from terminal.devices.arrival import Arrival
from tests.simulation.chance import Chance, Fault
from tests.simulation.clockwork import Clockwork
from tests.simulation.trace import Trace

_MS_PER_S: Final = 1_000
LATENCY_MS: Final = (1, 25)
LATE_MS: Final = (200, 12_000)
OUTAGE_MS: Final = (200, 20_000)
RECONNECT_MS: Final = (100, 4_000)


class ServerEnd(Protocol):
    """Whom messages up go to."""

    def link_changed(self, *, online: bool) -> None: ...

    def arrive(self, topic: str, payload: bytes) -> None: ...


class TerminalEnd(Protocol):
    """Whom messages down go to."""

    alive: bool

    def link_changed(self, *, online: bool) -> None: ...

    def arrive(self, arrival: Arrival) -> None: ...


@dataclass(slots=True)
class Session:
    """What the broker keeps of one terminal. `will` is published when its connection breaks."""

    online: bool = False
    connection: int = 0
    will: bytes = b""
    queue: list[tuple[Arrival, int]] = field(default_factory=list)
    """With the moment from which each expiry counts."""
    unacknowledged: dict[int, tuple[Arrival, int]] = field(default_factory=dict)


class Broker:
    """Carries everything between one server and its terminals."""

    def __init__(self, clockwork: Clockwork, chance: Chance, trace: Trace) -> None:
        self._clockwork, self._chance, self._trace = clockwork, chance, trace
        self.up = True
        self.server: ServerEnd | None = None
        self.server_online = False
        self.terminals: dict[str, TerminalEnd] = {}
        self.sessions: dict[str, Session] = {}
        self._packets = 0

    def join(self, device: str, terminal: TerminalEnd) -> None:
        """One more terminal, not yet connected."""
        self.terminals[device], self.sessions[device] = terminal, Session()

    # --- connections ---

    def connect(self, device: str, will: bytes) -> None:
        """A terminal is there, in a moment; what its session kept is delivered."""
        self._clockwork.after(self._chance.between(*RECONNECT_MS), lambda: self._connected(device, will))

    def _connected(self, device: str, will: bytes) -> None:
        session, terminal = self.sessions[device], self.terminals[device]
        if session.online or not terminal.alive:
            return
        if not self.up:
            self.connect(device, will)
            return
        session.online, session.will = True, will
        session.connection += 1
        self._trace.note(device, "is connected")
        terminal.link_changed(online=True)
        waiting, session.queue = session.queue, []
        for arrival, since_ms in waiting:
            self._deliver(device, arrival, since_ms)

    def disconnect(self, device: str, why: str) -> None:
        """The connection is gone; the broker says the terminal's last word for it."""
        session, terminal = self.sessions[device], self.terminals[device]
        if not session.online:
            return
        self._trace.note(device, "is disconnected:", why)
        session.online = False
        session.queue = [*session.unacknowledged.values(), *session.queue]
        session.unacknowledged = {}
        if self.up:
            self._travel_up(device, "presence", session.will)
        if terminal.alive:
            terminal.link_changed(online=False)
            if terminal.alive:
                self.connect(device, session.will)

    def later_disconnect(self, device: str) -> None:
        """The terminal itself wants to connect anew."""
        self._clockwork.after(0, lambda: self.disconnect(device, "it connects anew"))

    def connect_server(self) -> None:
        """The server is there, in a moment. Nothing was kept for it."""
        self._clockwork.after(self._chance.between(*RECONNECT_MS), self._server_connected)

    def _server_connected(self) -> None:
        if self.server_online or self.server is None:
            return
        if not self.up:
            self.connect_server()
            return
        self.server_online = True
        self.server.link_changed(online=True)

    def disconnect_server(self) -> None:
        """Its connection is gone: what was on its way to it is lost."""
        if self.server_online and self.server is not None:
            self.server_online = False
            self._trace.note("server", "is disconnected")
            self.server.link_changed(online=False)

    def restart(self, *, forgets: bool) -> None:
        """The broker is killed, and comes back later, with or without what it kept."""
        if not self.up:
            return
        self._trace.note("broker", "is killed and", "forgets everything" if forgets else "remembers")
        self.up = False
        for device in self.sessions:
            self.disconnect(device, "the broker died")
        self.disconnect_server()
        if forgets:
            for session in self.sessions.values():
                session.queue = []
        self._clockwork.after(self._chance.between(*OUTAGE_MS), self._back)

    def _back(self) -> None:
        self.up = True
        self._trace.note("broker", "is back")
        self.connect_server()

    # --- messages ---

    def publish_up(self, device: str, kind: str, payload: bytes) -> bool:
        """From a terminal; False if it has no connection."""
        if not self.sessions[device].online:
            return False
        self._travel_up(device, kind, payload)
        if self._chance.strikes(Fault.DROPPED_LINK):
            self._clockwork.after(0, lambda: self.disconnect(device, "a broken wire"))
        return True

    def publish_down(self, publication: Publication) -> bool:
        """From the server; False if it has no connection."""
        if not self.server_online:
            return False
        self._packets += 1
        arrival = Arrival(
            topic=topics.down(publication.device, publication.kind),
            payload=publication.payload,
            packet_id=self._packets,
            connection=0,
            expiry_s=publication.expiry_s,
        )
        since_ms = self._clockwork.now_ms
        for delay_ms in self._delays(publication.device, publication.kind):
            self._clockwork.after(delay_ms, lambda: self._deliver(publication.device, arrival, since_ms))
        return True

    def _travel_up(self, device: str, kind: str, payload: bytes) -> None:
        topic = topics.up(device, kind)
        for delay_ms in self._delays(device, kind):
            self._clockwork.after(delay_ms, lambda: self._deliver_up(topic, payload))

    def _deliver_up(self, topic: str, payload: bytes) -> None:
        if self.up and self.server_online and self.server is not None:
            self.server.arrive(topic, payload)

    def _deliver(self, device: str, arrival: Arrival, since_ms: int) -> None:
        if not self.up:
            return
        session = self.sessions[device]
        left_s = None
        if arrival.expiry_s is not None:
            left_s = arrival.expiry_s - (self._clockwork.now_ms - since_ms) // _MS_PER_S
            if left_s <= 0:
                return
        if not session.online:
            session.queue.append((arrival, since_ms))
            return
        session.unacknowledged[arrival.packet_id] = (arrival, since_ms)
        self.terminals[device].arrive(replace(arrival, connection=session.connection, expiry_s=left_s))

    def acknowledge(self, device: str, arrival: Arrival) -> None:
        """The terminal needs this no more."""
        self.sessions[device].unacknowledged.pop(arrival.packet_id, None)

    def _delays(self, device: str, kind: str) -> list[int]:
        """When each copy arrives; none if the message is lost."""
        if self._chance.strikes(Fault.LOSS):
            self._trace.note("network", "loses a", kind, "of", device)
            return []
        copies = 2 if self._chance.strikes(Fault.DUPLICATE) else 1
        return [
            self._chance.between(*(LATE_MS if self._chance.strikes(Fault.DELAY) else LATENCY_MS)) for _ in range(copies)
        ]
