"""A simulated terminal: the real loop, post, schedule and session on a simulated link, disk and clock. It dies, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from server_mqtt.contract import codec, kinds
from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import Message, Modality, Presence
from server_mqtt.contract.signing import Direction
from terminal.devices.arrival import Arrival
from terminal.errors import StorageError
from terminal.loop import SessionLoop, Who
from terminal.outbox.book import Book
from terminal.outbox.keeper import Change, Keeper
from terminal.outbox.letters import Letter, Pen
from terminal.outbox.post import Post
from terminal.ports import Clocks
from terminal.session.commands import StartCapture
from terminal.session.events import Event, LinkChanged, ModelsLoaded, SensorsFound
from terminal.session.state import Entry, Idle, SessionState, Settings
from tests.simulation.broker import Broker
from tests.simulation.chance import Chance, Fault
from tests.simulation.checks import Checks
from tests.simulation.clockwork import Clockwork
from tests.simulation.disk import KilledError
from tests.simulation.keys import SimulatedKey
from tests.simulation.people import People
from tests.simulation.terminal_disk import SimulatedKeeper, TerminalRows
from tests.simulation.trace import Trace

DOWN_MS: Final = (200, 40_000)
TICK_MS: Final = 1_000
"""Slower than the real loop's, and only where something may be due: an idle terminal has nothing to notice."""

JUMP_MS: Final = 365 * 24 * 3_600_000


class SimulatedPen(Pen):
    """The terminal's signature, with message ids from the world's dice."""

    def __init__(self, device: str, key: SimulatedKey, chance: Chance) -> None:
        super().__init__(device, key.private)
        self._chance = chance

    def write(self, body: Message) -> Letter:
        """As the real pen."""
        message_id = self._chance.new_id()
        payload = codec.encode(self._key, Direction.UP, self._device, message_id, body)
        content_hash = codec.decode_envelope(payload).content_hash(Direction.UP)
        return Letter(message_id=message_id, kind=kinds.KIND_OF[type(body)], content_hash=content_hash, payload=payload)


class SimulatedLink:
    """The terminal's end of the wire (`LinkPort`)."""

    def __init__(self, device: str, broker: Broker, chance: Chance) -> None:
        self._device, self._broker, self._chance = device, broker, chance

    @property
    def online(self) -> bool:
        """Whether the broker has it."""
        return self._broker.sessions[self._device].online

    def publish(self, kind: str, payload: bytes, expiry_s: int | None = None) -> bool:
        """Onto the wire; or the terminal dies before. No server is away for so long that an expiry would matter."""
        if self._chance.strikes(Fault.TERMINAL_PUBLISHING):
            raise KilledError(Fault.TERMINAL_PUBLISHING)
        return self._broker.publish_up(self._device, kind, payload)

    def acknowledge(self, arrival: Arrival) -> None:
        """As MQTT does."""
        self._broker.acknowledge(self._device, arrival)

    def drop(self) -> None:
        """Connect anew."""
        self._broker.later_disconnect(self._device)


class Terminal:
    """One terminal, through all its lives; `boot` starts it."""

    def __init__(
        self,
        settings: Settings,
        device: str,
        *,
        clockwork: Clockwork,
        chance: Chance,
        broker: Broker,
        checks: Checks,
        people: People,
        trace: Trace,
        key: SimulatedKey,
        server: SimulatedKey,
    ) -> None:
        self.settings, self.device = settings, device
        self._clockwork, self._chance, self._broker = clockwork, chance, broker
        self._checks, self._people, self._trace = checks, people, trace
        self._pen = SimulatedPen(device, key, chance)
        self._link = SimulatedLink(device, broker, chance)
        self._who = Who(device=device, software="simulated", server=server.public)
        self.rows = TerminalRows()
        self.alive = self.retired = False
        self.life = 0
        self._wall_offset_ms = 0
        self._booted_at_ms = 0
        self._ticking = False
        self._said = ""
        self.model_hash = ""
        self._start()

    def _start(self) -> None:
        """A process with nothing in its memory."""
        self._keeper = SimulatedKeeper(self.rows, self._chance)
        keeper = cast(Keeper, self._keeper)
        self._post = Post(self._pen, keeper, self._link)
        self._clocks = Clocks(monotonic=self.monotonic_ms, wall=lambda: self._clockwork.now_ms + self._wall_offset_ms)
        self.loop = SessionLoop(
            SessionState(settings=self.settings),
            self._who,
            keeper=keeper,
            post=self._post,
            link=self._link,
            sensors=self,
            clocks=self._clocks,
        )

    @property
    def state(self) -> SessionState:
        """The session."""
        return self.loop.state

    @property
    def idle(self) -> bool:
        """Whether nothing is going on, and nothing waits to be said."""
        return self.alive and isinstance(self.state.step, Idle) and not len(self._keeper.schedule)

    def monotonic_ms(self) -> int:
        """Its own clock, from its own start."""
        return self._clockwork.now_ms - self._booted_at_ms + 1

    # --- lives ---

    def boot(self) -> None:
        """Starts it, unless it runs."""
        if self.alive or self.retired:
            return
        self.alive, self.life, self._ticking = True, self.life + 1, False
        self._booted_at_ms = self._clockwork.now_ms
        self._trace.note(self.device, "starts")
        self._start()
        self._do(self.loop.begin)
        self.take(ModelsLoaded())
        self.take(SensorsFound(working=frozenset(self.settings.order)))
        self._broker.connect(self.device, self._pen.write(Presence(online=False)).payload)

    def switch_off(self, for_ms: int | None) -> None:
        """Somebody pulls its plug, for so long or (None) for good."""
        if for_ms is None:
            self.retired = True
        if self.alive:
            self._die("it is switched off", for_ms)

    def _die(self, why: object, for_ms: int | None = None) -> None:
        self._trace.note(self.device, "dies:", why)
        self.alive = False
        self._broker.disconnect(self.device, "it died")
        if self._chance.strikes(Fault.CLOCK_JUMP):
            self._wall_offset_ms += self._chance.between(-JUMP_MS, JUMP_MS)
        self._clockwork.after(self._chance.between(*DOWN_MS) if for_ms is None else for_ms, self.boot)

    # --- what happens ---

    def take(self, event: Event) -> None:
        """Something happens at this end."""
        self._do(lambda: self.loop.take(event))

    def link_changed(self, *, online: bool) -> None:
        """The broker let it in, or is gone."""
        self.take(LinkChanged(online=online))

    def arrive(self, arrival: Arrival) -> None:
        """The broker delivers something."""
        self._do(lambda: self.loop.arrive(arrival))

    def _do(self, what: Callable[[], object]) -> None:
        if not self.alive:
            return
        before = self.state.book
        try:
            what()
        except KilledError as killed:
            self._die(killed)
        else:
            self._look_at_it(before)

    def _look_at_it(self, before: tuple[Entry, ...]) -> None:
        """Something was done: what it left on the screen is checked, and seen by people."""
        assert not self.loop.dropped, f"{self.device} dropped {dict(self.loop.dropped)}"
        self._note_step()
        if self.state.book is not before:
            self._checks.shown(self.device, self.state.book)
        self._people.look(self)
        self._keep_ticking()

    def _keep_ticking(self) -> None:
        state = self.state
        busy = not isinstance(state.step, Idle) or len(self._keeper.schedule) or not state.health.storage
        if busy and not self._ticking:
            self._ticking = True
            life = self.life
            self._clockwork.after(TICK_MS, lambda: self._tick(life))

    def _tick(self, life: int) -> None:
        if life == self.life:
            self._ticking = False
            self._do(self.loop.tick)

    def _note_step(self) -> None:
        step = type(self.state.step).__name__
        if step != self._said:
            self._said = step
            self._trace.note(self.device, "shows", step)

    def extend(self, payment_id: str) -> None:
        """Somebody wants held money to wait for longer. No screen offers it yet: it goes up as all else does."""
        self._do(lambda: self._keep_extension(payment_id))

    def _keep_extension(self, payment_id: str) -> None:
        outgoing = self._post.prepare(HoldExtension(payment_id=payment_id), payment_id, None)
        book = Book(payments=self.state.book, recents=self.state.recents)
        try:
            self._keeper.keep(Change(book=book, outgoing=(outgoing,)), self._clocks.now())
        except StorageError:
            return  # it was never said
        self._trace.note(self.device, "asks for more time", payment_id)
        self.loop.tick()

    # --- sensors ---

    def start_capture(self, command: StartCapture) -> None:
        """Somebody stands there, or nobody."""
        self._people.stand(self, command)

    def stop_capture(self, instruction_id: str) -> None:
        """What comes of it is ignored."""


def working_sensors() -> tuple[Modality, ...]:
    """A terminal's sensors, in its order."""
    return (Modality.FINGERPRINT, Modality.FACE)
