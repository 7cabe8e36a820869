"""The one way through: queue, commit, publish, acknowledge. What stops the writer stops everything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from server_mqtt.contract import codec
from server_mqtt.contract.messages import Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.broker import Arrival, Publication
from server_mqtt.shell.errors import StoreUnavailableError
from server_mqtt.shell.worker import Outcome, Started, Subscribed, Work
from tests.server_mqtt.shell.bench import CONCLUDED, PENDING, PUBLICATION, Bench, an_arrival, run_through


def test_what_is_committed_is_published_and_then_acknowledged() -> None:
    arrival = an_arrival()

    async def scenario() -> None:
        bench = Bench(lambda batch: Outcome(publications=(PUBLICATION,) if arrival in batch else ()))
        bench.worker.arrive(bench.broker, arrival)
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while len(bench.broker.done) < 2:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert bench.broker.done == [PUBLICATION, arrival]
        assert bench.committer.batches[0] == (Started(), arrival)

    run_through(scenario())


def test_what_stops_the_writer_stops_the_worker_and_nothing_is_acknowledged() -> None:
    def refuse(_batch: Sequence[Work]) -> Outcome:
        raise OSError("no space left")

    async def scenario() -> None:
        bench = Bench(refuse)
        bench.worker.arrive(bench.broker, an_arrival())
        with pytest.raises(OSError, match="no space"):
            await bench.worker.run(bench.broker)
        assert bench.broker.done == []

    run_through(scenario())


@pytest.mark.fault(23)
def test_while_the_database_is_away_it_says_busy_and_acknowledges_nothing_it_has_in_hand() -> None:
    async def scenario() -> None:
        back = False

        def answer(batch: Sequence[Work]) -> Outcome:
            if not back:
                raise StoreUnavailableError("gone")
            return Outcome(publications=(PUBLICATION,) if in_hand in batch else ())

        bench, in_hand = Bench(answer), an_arrival()
        bench.worker.arrive(bench.broker, in_hand)
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while not bench.committer.batches:
            await asyncio.sleep(0)
        while not bench.broker.done:
            # The first after it has found out.
            bench.worker.arrive(bench.broker, an_arrival())
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
        assert bench.broker.done[bench.broker.done.index(PUBLICATION) + 1] is in_hand

    run_through(scenario())


def test_it_can_be_stopped_while_the_database_is_away() -> None:
    def refuse(_batch: Sequence[Work]) -> Outcome:
        raise StoreUnavailableError("gone")

    async def scenario() -> None:
        bench = Bench(refuse)
        bench.worker.arrive(bench.broker, an_arrival())
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while not bench.committer.batches:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert bench.broker.done == []

    run_through(scenario())


def test_a_comparison_that_finds_no_database_is_no_failed_attempt() -> None:
    async def scenario() -> None:
        bench = Bench(lambda batch: Outcome(comparisons=(PENDING,) if Started() in batch else ()))
        bench.comparer.away = True
        running = asyncio.create_task(bench.worker.run(bench.broker))
        while bench.comparer.asked == 0:
            await asyncio.sleep(0)
        bench.worker.subscribed()
        while not bench.ready:
            await asyncio.sleep(0)
        bench.worker.stop()
        await running
        assert not any(CONCLUDED in batch for batch in bench.committer.batches)

    run_through(scenario())


def test_a_conclusion_is_committed_in_its_turn() -> None:
    async def scenario() -> None:
        def answer(batch: Sequence[Work]) -> Outcome:
            if CONCLUDED in batch:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome(comparisons=(PENDING,) if Started() in batch else ())

        loop = asyncio.get_running_loop()
        bench = Bench(answer)
        await bench.worker.run(bench.broker)
        assert bench.committer.batches == [(Started(),), (CONCLUDED,)]

    run_through(scenario())


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

    run_through(scenario())


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

    run_through(scenario())


def test_a_batch_has_a_limit() -> None:
    async def scenario() -> None:
        def answer(_batch: Sequence[Work]) -> Outcome:
            if sum(map(len, bench.committer.batches)) == 8:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome()

        loop = asyncio.get_running_loop()
        bench = Bench(answer, batch_limit=3)
        for _ in range(7):
            bench.worker.arrive(bench.broker, an_arrival())
        await bench.worker.run(bench.broker)
        assert [len(batch) for batch in bench.committer.batches] == [3, 3, 2]

    run_through(scenario())


def test_timers_wait_for_messages_that_were_received_before_they_were_due() -> None:
    async def scenario() -> None:
        def answer(_batch: Sequence[Work]) -> Outcome:
            if len(bench.committer.batches) == 2:
                loop.call_soon_threadsafe(bench.worker.stop)
            return Outcome()

        loop = asyncio.get_running_loop()
        bench = Bench(answer, batch_limit=3)
        for received_at_ms in (700, 800, 900):
            bench.worker.arrive(bench.broker, an_arrival(received_at_ms=received_at_ms))
        await bench.worker.run(bench.broker)
        assert bench.committer.received_until_ms == [900, bench.clock.time_ms]

    run_through(scenario())


@pytest.mark.parametrize(("kind", "answered"), [("payment_query", True), ("ack", False)])
def test_more_than_it_can_do_is_answered_with_busy_before_anything_is_stored(kind: str, answered: bool) -> None:
    async def scenario() -> None:
        bench = Bench(lambda _batch: Outcome(), queue_limit=2)
        bench.worker.arrive(bench.broker, an_arrival())
        assert bench.broker.done == []
        bench.worker.arrive(bench.broker, an_arrival(kind))
        replies = [done for done in bench.broker.done if isinstance(done, Publication)]
        assert isinstance(bench.broker.done[-1], Arrival)
        assert len(replies) == int(answered)
        for publication in replies:
            reply = codec.decode_body(Direction.DOWN, codec.decode_envelope(publication.payload))
            assert isinstance(reply, Reply)
            assert (reply.status, reply.reason, reply.retry_after_ms) == (ReplyStatus.BUSY, Reason.BUSY, 500)

    run_through(scenario())


@pytest.mark.fault(64)
def test_a_terminal_that_says_too_much_is_told_when_to_come_back_and_takes_nobodys_place() -> None:
    async def scenario() -> None:
        bench = Bench(lambda _batch: Outcome(), queue_limit=10, messages_a_minute=3)
        for _ in range(20):
            bench.worker.arrive(bench.broker, an_arrival())
        publications = [done for done in bench.broker.done if isinstance(done, Publication)]
        assert len(publications) == 20 - 3
        for publication in publications:
            reply = codec.decode_body(Direction.DOWN, codec.decode_envelope(publication.payload))
            assert isinstance(reply, Reply)
            assert (reply.status, reply.reason, reply.retry_after_ms) == (ReplyStatus.BUSY, Reason.BUSY, 20_001)
        assert len([done for done in bench.broker.done if isinstance(done, Arrival)]) == len(publications)
        # Of the ten that have room one is the start itself: six more, of others.
        said = len(bench.broker.done)
        for number in range(10 - 1 - 3):
            bench.worker.arrive(bench.broker, an_arrival(device=f"terminal-{number}"))
        assert len(bench.broker.done) == said

    run_through(scenario())


def test_a_comparison_that_cannot_read_the_database_stops_it() -> None:
    async def scenario() -> None:
        outcomes = [Outcome(comparisons=(PENDING,))]
        bench = Bench(lambda _batch: outcomes.pop() if outcomes else Outcome())
        bench.comparer.broken = OSError("the disk")
        with pytest.raises(OSError, match="the disk"):
            await bench.worker.run(bench.broker)
        assert bench.comparer.asked == 1

    run_through(scenario())
