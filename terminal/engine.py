"""The terminal without a screen: session, disk, link and sensors, composed. Impure: threads and queues.

One thread owns the session: it takes events from a queue and ticks in between. The link's thread and the sensors'
thread only put events there; the screen's thread reads the last snapshot. Whatever goes wrong in the session's own
thread is logged and becomes a screen that says so.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from firmware_bridge.contract import Camera, FingerprintReader
from server_mqtt.contract.messages import Presence
from terminal.config import TerminalConfig
from terminal.devices.arrival import Arrival
from terminal.devices.keys import load_keys
from terminal.devices.link import Link, LinkSettings
from terminal.devices.making import make_sensors
from terminal.devices.networks import load_networks
from terminal.devices.worker import Binding, CaptureWorker
from terminal.errors import TerminalError
from terminal.loop import SessionLoop, Who
from terminal.outbox.keeper import Keeper
from terminal.outbox.letters import Pen
from terminal.outbox.post import Post
from terminal.ports import Clocks
from terminal.presenter.board_buttons import BoardButton, pressed
from terminal.presenter.present import present
from terminal.presenter.view import ScreenName, Tone, Touch, View
from terminal.session.events import Event, LinkChanged, Touched
from terminal.session.state import Capturing, SessionState, Settings
from terminal.texts import phrases
from terminal.texts.catalogue import texts_in

TICK_S: Final = 0.1
"""The longest that an expired time or a due re-send goes unnoticed."""

STOP_TIMEOUT_S: Final = 5.0
"""One event and its disk write; whoever takes longer is left to the end of the process."""

_NS_PER_MS: Final = 1_000_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What to draw now. `preview` is RGB uint8[H,W,3], unmirrored, while a camera looks at a person; `now_ms` is the
    monotonic clock that `View.countdown` counts on.
    """

    view: View
    preview: NDArray[np.uint8] | None
    now_ms: int


Item = Event | Arrival | Touch | BoardButton
"""All that can happen to a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an engine is made of."""

    loop: SessionLoop
    keeper: Keeper
    link: Link
    worker: CaptureWorker
    inbox: queue.SimpleQueue[Item]
    clocks: Clocks


class Engine:
    """One terminal. `touch` and `snapshot` are for the screen's thread and never block."""

    def __init__(self, parts: Parts) -> None:
        """`build` does it for a configuration."""
        self._parts = parts
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)
        self._stopping = False
        self._stopped = False
        self._shown = self._present()

    @classmethod
    def build(
        cls,
        config: TerminalConfig,
        *,
        camera: Camera | None = None,
        reader: FingerprintReader | None = None,
    ) -> Engine:
        """The terminal that `config` describes, not started; ports given here take the place of the configured.

        Raises ConfigError for keys and certificates that cannot be used, StorageRefusedError where another process
        runs this terminal or the data is another terminal's. Everything else is shown on the screen and retried.
        """
        return cls(_assemble(config, camera, reader))

    @property
    def dropped(self) -> dict[str, int]:
        """How many messages did not count since the start, by reason."""
        return dict(self._parts.loop.dropped)

    @property
    def state(self) -> SessionState:
        """The session as of now, for those who look deeper than the screen."""
        return self._parts.loop.state

    def start(self) -> None:
        """Begins to load the models and to connect; returns at once. Raises TerminalError after `stop`."""
        if self._stopping:
            raise TerminalError("this engine was stopped: build another one")
        if self._thread.ident is None:
            self._thread.start()
            self._parts.worker.start()
            self._parts.link.start()

    def stop(self) -> None:
        """Ends all threads and releases sensors and disk; calling it again does nothing."""
        self._stopping = True
        if self._stopped:
            return
        self._stopped = True
        if self._thread.ident is not None:
            self._thread.join(STOP_TIMEOUT_S)
            if self._thread.is_alive():
                log.error("session_does_not_end", waited_s=STOP_TIMEOUT_S)
        self._parts.worker.stop()
        self._parts.link.stop()
        self._parts.keeper.close()

    def touch(self, touch: Touch) -> None:
        """Hands over what a finger did."""
        self._parts.inbox.put(touch)

    def snapshot(self) -> Snapshot:
        """What to draw now."""
        view, looks = self._shown
        preview = self._parts.worker.preview if looks else None
        return Snapshot(view=view, preview=preview, now_ms=self._parts.clocks.monotonic())

    # --- the session's thread ---

    def _run(self) -> None:
        try:
            self._parts.loop.begin()
            self._turn()
        except Exception:  # the last resort: a session that cannot go on says so, and takes no money
            log.exception("session_died")
            self._shown = (_broken(self._parts.loop.state), False)
            self._parts.worker.stop()
            self._parts.link.stop()

    def _turn(self) -> None:
        loop, inbox = self._parts.loop, self._parts.inbox
        tick_at_s = time.monotonic()
        while not self._stopping:
            self._shown = self._present()
            try:
                item = inbox.get(timeout=max(0.0, tick_at_s - time.monotonic()))
            except queue.Empty:
                item = None
            if item is not None:
                self._take(item)
            if time.monotonic() >= tick_at_s:
                loop.tick()
                self._parts.link.watch()
                tick_at_s = time.monotonic() + TICK_S

    def _take(self, item: Item) -> None:
        loop = self._parts.loop
        if isinstance(item, BoardButton):
            # Of the screen as the person saw it: `_shown` is from before this turn.
            touch = pressed(self._shown[0], item)
            if touch is None:
                return
            item = touch
        if isinstance(item, Arrival):
            loop.arrive(item)
        elif isinstance(item, Touch):
            loop.take(Touched(touch=item, fresh_id=uuid.uuid4().hex))
        else:
            loop.take(item)

    def _present(self) -> tuple[View, bool]:
        """The screen, and whether a person is being looked at."""
        state = self._parts.loop.state
        return present(state, self._parts.clocks.monotonic()), isinstance(state.step, Capturing)


def _assemble(config: TerminalConfig, camera: Camera | None, reader: FingerprintReader | None) -> Parts:
    """The composition root: every part is made here, and knows the others through their ports only."""
    inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
    clocks = Clocks(
        monotonic=lambda: time.monotonic_ns() // _NS_PER_MS,
        wall=lambda: time.time_ns() // _NS_PER_MS,
    )
    keys = load_keys(config)
    pen = Pen(config.device_id, keys.device)
    software = f"countersign {version('countersign')}"
    link = Link(
        link_settings(config),
        will=lambda: pen.write(Presence(online=False, software=software)).payload,
        on_arrival=inbox.put,
        on_change=lambda online: inbox.put(LinkChanged(online=online)),
    )
    worker = CaptureWorker(
        make_sensors(config, camera, reader, inbox.put),
        lambda: load_networks(
            config.path(config.models_bundle), config.own_passive_model, threads=config.capture.threads
        ),
        Binding(device=config.device_id, role=config.role, server_sealing=keys.server_sealing),
        clock=clocks.monotonic,
        post=inbox.put,
    )
    keeper = Keeper(config.path(config.data_dir), config.device_id)
    settings = Settings(role=config.role, account=config.account, currency=config.currency, order=config.capture.order)
    loop = SessionLoop(
        SessionState(settings=settings, language=config.screen.language),
        Who(device=config.device_id, software=software, server=keys.server_signing),
        keeper=keeper,
        post=Post(pen, keeper, link),
        link=link,
        sensors=worker,
        clocks=clocks,
    )
    return Parts(loop=loop, keeper=keeper, link=link, worker=worker, inbox=inbox, clocks=clocks)


def link_settings(config: TerminalConfig) -> LinkSettings:
    """What the broker's connection needs."""
    table = config.broker
    return LinkSettings(
        device=config.device_id,
        host=table.host,
        port=table.port,
        ca=config.path(table.ca),
        certificate=config.path(table.certificate),
        key=config.path(table.key),
    )


def _broken(state: SessionState) -> View:
    texts = texts_in(state.language)
    return View(
        screen=ScreenName.OUT_OF_SERVICE,
        title=texts(phrases.OUT_OF_SERVICE),
        tone=Tone.BAD,
        message=texts(phrases.PROBLEM_MODELS_DETAIL),
        language=state.language.value,
    )
