"""The one way through the server: take what has queued up, commit it together, then publish, then acknowledge.

Impure: asyncio and two threads. The writer thread alone writes the database; the comparison thread alone compares.
Whatever stops the writer stops the worker: nothing is acknowledged that is not committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import structlog

from server_mqtt.contract.reasons import Reason
from server_mqtt.shell.broker import Arrival, Publication
from server_mqtt.shell.clock import Clock
from server_mqtt.shell.comparison import Concluded, PendingComparison
from server_mqtt.shell.errors import StaleStoreError, StoreUnavailableError
from server_mqtt.shell.intake import Refusal, read_envelope, refuse
from server_mqtt.shell.load import Load, Pace
from server_mqtt.shell.meter import Meter, NoMeter
from server_mqtt.shell.speech import Voice

UNANSWERED_KINDS: Final = frozenset({"ack", "presence"})
"""Kinds that get no reply."""

WARNINGS: Final = frozenset({"alert", "message_refused"})
"""Notes that somebody should look at."""

DATABASE_PAUSE_S: Final = 0.5
"""Between two tries to reach a database that is away; terminals are told "busy" meanwhile."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """The server has just started: answers that were being compared when the last one ended are taken up again."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker's connection has just come up: everything unacknowledged is due."""


Work: TypeAlias = Arrival | Concluded | Started | Subscribed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a committed transaction asks for: messages to publish, answers to compare, when to look again."""

    publications: tuple[Publication, ...] = ()
    comparisons: tuple[PendingComparison, ...] = ()
    next_due_ms: int | None = None
    notes: tuple[dict[str, object], ...] = ()


class Committer(Protocol):
    """One transaction over a batch; raises when the database refuses, and then nothing has happened."""

    def commit(self, batch: Sequence[Work], now_ms: int, received_until_ms: int | None = None) -> Outcome:
        """Does everything in `batch`, every timer that was due by `received_until_ms`, every re-send that is due.

        All messages that were received before `received_until_ms` (None: before `now_ms`) are in this batch or were in
        one before: a preset time never ends while an answer that was in time waits its turn.
        """
        ...


class BrokerPort(Protocol):
    """What the worker needs of the broker."""

    def publish(self, publication: Publication) -> bool:
        """False if there is no connection."""
        ...

    def acknowledge(self, arrival: Arrival) -> None:
        """After the commit."""
        ...


class ComparerPort(Protocol):
    """What the worker needs of whoever compares."""

    def conclude(self, pending: PendingComparison) -> Concluded:
        """Runs in the comparison thread; raises StoreUnavailableError, or what stops the worker."""
        ...


class Worker:
    """Everything but `run` is called from the event loop and returns at once.

    `on_ready` is called whenever the broker's connection has come up and what is due has been committed; `on_progress`
    every `progress_s` seconds, unless the writer hangs.
    """

    def __init__(
        self,
        *,
        committer: Committer,
        comparer: ComparerPort,
        voice: Voice,
        clock: Clock,
        load: Load,
        on_ready: Callable[[], None],
        on_progress: Callable[[], None] | None = None,
        progress_s: float | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._committer, self._comparer, self._voice = committer, comparer, voice
        self._clock, self._load = clock, load
        self._pace = Pace(load.messages_a_minute, load.requests_a_minute)
        self._on_ready = on_ready
        self._on_progress, self._progress_s = on_progress, progress_s
        self._meter = NoMeter() if meter is None else meter
        self._queue: deque[Work] = deque([Started()])
        self._wake = asyncio.Event()
        self._stopping = False
        self._next_due_ms: int | None = clock.now_ms()
        self._comparing: set[asyncio.Task[None]] = set()
        self._away = self._stale = False
        self._broken: BaseException | None = None

    def arrive(self, broker: BrokerPort, arrival: Arrival) -> None:
        """Queues a message, or tells its sender that the server is busy: before anything was debited."""
        self._meter.arrived(arrival.topic)
        if self._away or len(self._queue) >= self._load.queue_limit:
            self._meter.put_off(too_fast=False)
            self._say_busy(broker, arrival, "the server has too much to do", self._load.retry_after_ms)
        elif (wait_ms := self._pace.wait_ms(arrival.topic, arrival.received_at_ms)) > 0:
            self._meter.put_off(too_fast=True)
            self._say_busy(broker, arrival, "this terminal says or asks for more than it may", wait_ms)
        else:
            self._add(arrival)

    def subscribed(self) -> None:
        """The broker's connection has come up."""
        self._add(Subscribed())

    def stop(self) -> None:
        """Ends `run` after the batch it is at."""
        self._stopping = True
        self._wake.set()

    async def run(self, broker: BrokerPort) -> None:
        """Works until `stop`; raises what stopped the writer, or a comparison."""
        with (
            ThreadPoolExecutor(1, thread_name_prefix="writer") as writer,
            ThreadPoolExecutor(1, thread_name_prefix="comparison") as comparison,
        ):
            proof = asyncio.get_running_loop().create_task(self._prove_progress(writer))
            try:
                while not self._stopping:
                    await self._something_to_do()
                    batch = self._take()
                    outcome = await self._commit(writer, batch)
                    if outcome is not None:
                        self._after_commit(broker, batch, outcome, comparison)
                if self._broken is not None:
                    raise self._broken
            finally:
                proof.cancel()
                # What is not concluded is taken up again at the next start.
                comparison.shutdown(wait=False, cancel_futures=True)
                for task in self._comparing:
                    task.cancel()

    async def _prove_progress(self, writer: Executor) -> None:
        """Tells of progress when the writer had a turn for nothing: it and the event loop are both alive then."""
        if self._on_progress is None or self._progress_s is None:
            return
        while True:
            await asyncio.get_running_loop().run_in_executor(writer, _nothing)
            self._on_progress()
            await asyncio.sleep(self._progress_s)

    async def _commit(self, writer: Executor, batch: Sequence[Work]) -> Outcome | None:
        """What committing `batch` came to; None if the worker was stopped while the database was away.

        Whether a commit happened during which the database went away, the inbox knows: so the same batch is done
        again when it is back, and what was answered is answered as before. Nothing is acknowledged until then.
        """
        loop = asyncio.get_running_loop()
        while not (self._away and self._stopping):
            try:
                now_ms = self._clock.now_ms()
                until_ms = self._received_until_ms(now_ms)
                began_s = loop.time()
                outcome = await loop.run_in_executor(writer, self._committer.commit, batch, now_ms, until_ms)
                self._meter.committed(len(batch), loop.time() - began_s, outcome.notes)
            except StoreUnavailableError as error:
                self._tell_away(error)
                self._meter.database(there=False)
                await self._stopped_within(DATABASE_PAUSE_S)
            else:
                if self._away:
                    log.warning("database_back")
                    self._meter.database(there=True)
                self._away = self._stale = False
                return outcome
        return None

    def _tell_away(self, error: StoreUnavailableError) -> None:
        stale = isinstance(error, StaleStoreError)
        if stale and not self._stale:
            log.critical("database_stale", error=str(error))
        elif not self._away:
            log.warning("database_away", error=str(error))
        self._away, self._stale = True, stale

    async def _stopped_within(self, seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not self._stopping:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), deadline - asyncio.get_running_loop().time())
            except TimeoutError:
                return

    def _after_commit(self, broker: BrokerPort, batch: Sequence[Work], outcome: Outcome, comparison: Executor) -> None:
        for note in outcome.notes:
            write = log.warning if note["event"] in WARNINGS else log.info
            write(**note)
        for publication in outcome.publications:
            broker.publish(publication)
        for work in batch:
            if isinstance(work, Arrival):
                broker.acknowledge(work)
            elif isinstance(work, Subscribed):
                self._on_ready()
        for pending in outcome.comparisons:
            task = asyncio.get_running_loop().create_task(self._compare(comparison, pending))
            self._comparing.add(task)
            task.add_done_callback(self._compared)
        self._next_due_ms = outcome.next_due_ms

    async def _compare(self, comparison: Executor, pending: PendingComparison) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            concluded = await loop.run_in_executor(comparison, self._comparer.conclude, pending)
        except StoreUnavailableError as error:
            # Its lease runs out: then it is compared, by whichever worker has the database.
            log.warning("comparison_put_off", payment_id=pending.payment_id, error=str(error))
            return
        self._meter.compared(loop.time() - began_s)
        self._add(concluded)

    def _compared(self, task: asyncio.Task[None]) -> None:
        self._comparing.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()
            self.stop()

    async def _something_to_do(self) -> None:
        if self._queue or self._stopping:
            return
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), self._seconds_until_due())
        except TimeoutError:
            return

    def _seconds_until_due(self) -> float | None:
        if self._next_due_ms is None:
            return None
        return max(0.0, (self._next_due_ms - self._clock.now_ms()) / 1000)

    def _take(self) -> list[Work]:
        return [self._queue.popleft() for _ in range(min(len(self._queue), self._load.batch_limit))]

    def _received_until_ms(self, now_ms: int) -> int:
        return next((work.received_at_ms for work in self._queue if isinstance(work, Arrival)), now_ms)

    def _add(self, work: Work) -> None:
        self._queue.append(work)
        self._wake.set()

    def _say_busy(self, broker: BrokerPort, arrival: Arrival, why: str, retry_after_ms: int) -> None:
        envelope = read_envelope(arrival.topic, arrival.payload)
        if not isinstance(envelope, Refusal) and envelope.kind not in UNANSWERED_KINDS:
            busy = refuse(envelope, Reason.BUSY, f"{why}; nothing was changed")
            broker.publish(self._voice.refuse(envelope.device, busy, retry_after_ms))
        broker.acknowledge(arrival)


def _nothing() -> None:
    """Work that only shows that there is somebody to do it."""
