"""The one way through: queue, commit, publish, acknowledge. What stops the writer stops everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract import codec, topics
from server_mqtt.contract.messages import Ack, PaymentQuery, Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.broker import Arrival, Publication
from server_mqtt.shell.comparison import UNREADABLE, Concluded, PendingComparison
from server_mqtt.shell.errors import StoreUnavailableError
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.worker import Load, Outcome, Started, Subscribed, Work, Worker
from server_mqtt.verification.finding import Asked

_ID = "ab" * 16
_DEVICE = "terminal-one"
_PUBLICATION = Publication(device=_DEVICE, kind="payment_status", payload=b"status")
_PENDING = PendingComparison(
    payment_id=_ID,
    instruction_id=_ID,
    account="DE0001",
    context=b"",
    asked=Asked(modalities=(), all_modalities=False, challenge=(), preset_time_ms=1_000),
    probes=(),
)
_CONCLUDED = Concluded(payment_id=_ID, instruction_id=_ID, account="DE0001", finding=UNREADABLE)


class FakeClock:
    """Time stands still unless it is moved."""

    def __init__(self) -> None:
        self.time_ms = 1_000

    def now_ms(self) -> int:
        return self.time_ms


class FakeBroker:
    """Notes what is published and acknowledged, in order."""

    def __init__(self) -> None:
        self.done: list[Publication | Arrival] = []

    def publish(self, publication: Publication) -> bool:
        self.done.append(publication)
        return True

    def acknowledge(self, arrival: Arrival) -> None:
        self.done.append(arrival)


class FakeComparer:
    """Concludes everything at once, unless its database is `away`."""

    def __init__(self) -> None:
        self.away, self.asked = False, 0

    def conclude(self, pending: PendingComparison) -> Concluded:
        assert pending is _PENDING
        self.asked += 1
        if self.away:
            raise StoreUnavailableError("gone")
        return _CONCLUDED


class FakeCommitter:
    """Answers each batch by `answer`, in the writer's thread, and ends the worker after the last one."""

    def __init__(self, answer: Callable[[Sequence[Work]], Outcome]) -> None:
        self.batches: list[tuple[Work, ...]] = []
        self.received_until_ms: list[int | None] = []
        self._answer = answer

    def commit(self, batch: Sequence[Work], now_ms: int, received_until_ms: int | None = None) -> Outcome:
        self.batches.append(tuple(batch))
        self.received_until_ms.append(received_until_ms)
        return self._answer(batch)


class Bench:
    """A worker on fakes."""

    def __init__(self, answer: Callable[[Sequence[Work]], Outcome], **load: int) -> None:
        self.broker, self.clock, self.ready = FakeBroker(), FakeClock(), 0
        self.committer, self.comparer = FakeCommitter(answer), FakeComparer()
        self.worker = Worker(
            committer=self.committer,
            comparer=self.comparer,
            voice=Voice(Ed25519PrivateKey.generate()),
            clock=self.clock,
            load=Load(**{"queue_limit": 100, "batch_limit": 10, "retry_after_ms": 500, **load}),
            on_ready=self._note_ready,
        )

    def _note_ready(self) -> None:
        self.ready += 1


def _arrival(kind: str = "payment_query", received_at_ms: int = 0) -> Arrival:
    body = Ack(message_id=_ID, content_hash=bytes(32)) if kind == "ack" else PaymentQuery(payment_id=_ID)
    payload = codec.encode(Ed25519PrivateKey.generate(), Direction.UP, _DEVICE, _ID, body)
    return Arrival(
        topic=topics.up(_DEVICE, kind), payload=payload, packet_id=1, connection=1, received_at_ms=received_at_ms
    )


def _run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 20))


def test_what_is_committed_is_published_and_then_acknowledged() -> None:
    arrival = _arrival()

    async def scenario() -> None:
        bench = Bench(lambda batch: Outcome(publications=(_PUBLICATION,) if arrival in batch else ()))
        bench.worker.arrive(bench.broker, arrival)
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while len(bench.broker.done) < 2:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert bench.broker.done == [_PUBLICATION, arrival]
        assert bench.committer.batches[0] == (Started(), arrival)

    _run(scenario())


def test_what_stops_the_writer_stops_the_worker_and_nothing_is_acknowledged() -> None:
    def refuse(_batch: Sequence[Work]) -> Outcome:
        raise OSError("no space left")

    async def scenario() -> None:
        bench = Bench(refuse)
        bench.worker.arrive(bench.broker, _arrival())
        with pytest.raises(OSError, match="no space"):
            await bench.worker.run(bench.broker)
        assert bench.broker.done == []

    _run(scenario())


@pytest.mark.fault(23)
def test_while_the_database_is_away_it_says_busy_and_acknowledges_nothing_it_has_in_hand() -> None:
    async def scenario() -> None:
        back = False

        def answer(batch: Sequence[Work]) -> Outcome:
            if not back:
                raise StoreUnavailableError("gone")
            return Outcome(publications=(_PUBLICATION,) if in_hand in batch else ())

        bench, in_hand = Bench(answer), _arrival()
        bench.worker.arrive(bench.broker, in_hand)
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while not bench.committer.batches:
            await asyncio.sleep(0)
        while not bench.broker.done:
            # The first after it has found out.
            bench.worker.arrive(bench.broker, _arrival())
            await asyncio.sleep(0.01)
        busy = bench.broker.done[0]
        assert isinstance(busy, Publication)
        reply = codec.decode_body(Direction.DOWN, codec.decode_envelope(busy.payload))
        assert isinstance(reply, Reply)
        assert reply.reason is Reason.BUSY
        assert not any(done is in_hand for done in bench.broker.done)
        back = True
        while not any(done is in_hand for done in bench.broker.done):
            await asyncio.sleep(0.01)
        bench.worker.stop()
        await running
        # The same batch again, whole, until it was committed: whether it was before, the inbox knows.
        assert bench.committer.batches[0] == (Started(), in_hand)
        assert bench.committer.batches.count((Started(), in_hand)) >= 2
        assert bench.broker.done[bench.broker.done.index(_PUBLICATION) + 1] is in_hand

    _run(scenario())


def test_it_can_be_stopped_while_the_database_is_away() -> None:
    def refuse(_batch: Sequence[Work]) -> Outcome:
        raise StoreUnavailableError("gone")

    async def scenario() -> None:
        bench = Bench(refuse)
        bench.worker.arrive(bench.broker, _arrival())
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while not bench.committer.batches:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert bench.broker.done == []

    _run(scenario())


def test_a_comparison_that_finds_no_database_is_no_failed_attempt() -> None:
    async def scenario() -> None:
        bench = Bench(lambda batch: Outcome(comparisons=(_PENDING,) if Started() in batch else ()))
        bench.comparer.away = True
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while bench.comparer.asked == 0:
            await asyncio.sleep(0)
        bench.worker.subscribed()
        while not bench.ready:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert not any(_CONCLUDED in batch for batch in bench.committer.batches)

    _run(scenario())


def test_a_conclusion_is_committed_in_its_turn() -> None:
    async def scenario() -> None:
        def answer(batch: Sequence[Work]) -> Outcome:
            if _CONCLUDED in batch:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome(comparisons=(_PENDING,) if Started() in batch else ())

        loop = asyncio.get_running_loop()
        bench = Bench(answer)
        await bench.worker.run(bench.broker)
        assert bench.committer.batches == [(Started(),), (_CONCLUDED,)]

    _run(scenario())


def test_it_wakes_when_a_timer_is_due_and_not_before() -> None:
    async def scenario() -> None:
        def answer(batch: Sequence[Work]) -> Outcome:
            if not batch:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome(next_due_ms=bench.clock.time_ms + 50)

        loop = asyncio.get_running_loop()
        bench = Bench(answer)
        began = loop.time()
        await bench.worker.run(bench.broker)
        assert loop.time() - began >= 0.05
        assert bench.committer.batches == [(Started(),), ()]

    _run(scenario())


def test_it_is_ready_once_what_is_due_after_the_broker_came_up_is_committed() -> None:
    async def scenario() -> None:
        bench = Bench(lambda _batch: Outcome())
        running = asyncio.create_task(bench.worker.run(bench.broker))
        bench.worker.subscribed()
        while not bench.ready:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert (Subscribed() in bench.committer.batches[0]) or (Subscribed() in bench.committer.batches[1])

    _run(scenario())


def test_a_batch_has_a_limit() -> None:
    async def scenario() -> None:
        def answer(_batch: Sequence[Work]) -> Outcome:
            if sum(map(len, bench.committer.batches)) == 8:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome()

        loop = asyncio.get_running_loop()
        bench = Bench(answer, batch_limit=3)
        for _ in range(7):
            bench.worker.arrive(bench.broker, _arrival())
        await bench.worker.run(bench.broker)
        assert [len(batch) for batch in bench.committer.batches] == [3, 3, 2]

    _run(scenario())


def test_timers_wait_for_messages_that_were_received_before_they_were_due() -> None:
    async def scenario() -> None:
        def answer(_batch: Sequence[Work]) -> Outcome:
            if len(bench.committer.batches) == 2:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome()

        loop = asyncio.get_running_loop()
        bench = Bench(answer, batch_limit=3)
        for received_at_ms in (700, 800, 900):
            bench.worker.arrive(bench.broker, _arrival(received_at_ms=received_at_ms))
        await bench.worker.run(bench.broker)
        assert bench.committer.received_until_ms == [900, bench.clock.time_ms]

    _run(scenario())


@pytest.mark.parametrize(("kind", "answered"), [("payment_query", True), ("ack", False)])
def test_more_than_it_can_do_is_answered_with_busy_before_anything_is_stored(kind: str, answered: bool) -> None:
    async def scenario() -> None:
        bench = Bench(lambda _batch: Outcome(), queue_limit=2)
        bench.worker.arrive(bench.broker, _arrival())
        assert bench.broker.done == []
        bench.worker.arrive(bench.broker, _arrival(kind))
        replies = [done for done in bench.broker.done if isinstance(done, Publication)]
        assert isinstance(bench.broker.done[-1], Arrival)
        assert len(replies) == int(answered)
        for publication in replies:
            reply = codec.decode_body(Direction.DOWN, codec.decode_envelope(publication.payload))
            assert isinstance(reply, Reply)
            assert (reply.status, reply.reason, reply.retry_after_ms) == (ReplyStatus.BUSY, Reason.BUSY, 500)

    _run(scenario())
