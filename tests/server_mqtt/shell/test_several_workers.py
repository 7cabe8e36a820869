"""Two workers on one PostgreSQL, in each other's way: one outcome each, whoever waits, collides, freezes or dies."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, select, update
from sqlalchemy.exc import DBAPIError

from server_mqtt.contract.messages import PaymentQuery, Presence, ReplyStatus
from server_mqtt.shell import inbox, journal, locks, payments, timers
from server_mqtt.shell import outbox as outbox_rows
from server_mqtt.shell import postgres as postgres_store
from server_mqtt.shell.committer import COMPARISON_LEASE_MS, BatchCommitter
from server_mqtt.shell.errors import AlreadyRunningError, StoreUnavailableError
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.schema import counters, devices, ledger_accounts
from server_mqtt.shell.store import RETURNED, Place, Store, no_server, only_server, open_store
from server_mqtt.verification.policies import Policies
from tests.private_postgres import PrivatePostgres
from tests.server_mqtt.shell.beside import WAIT_S, Worker, waits
from tests.server_mqtt.shell.members import ANN, BOB, Members, first_instruction, replies

pytestmark = pytest.mark.postgres

_ONE, _TWO = "a" * 32, "b" * 32
_NOW_MS = 1_000


@pytest.fixture
def place(postgres: PrivatePostgres, migrated: URL) -> Place:
    """Of this kind alone."""
    return postgres.copy_of(migrated)


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def test_two_workers_never_step_the_same_payment_at_once(store: Store, members: Members) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    query = members.arrival(ANN, PaymentQuery(payment_id=_ONE))
    with store.write() as connection:
        assert payments.find_to_change(connection, _ONE) is not None
        other = Worker(lambda: members.committer.commit([query], _NOW_MS + 1))
        assert waits(store)
        assert not other.ended(0)
    assert other.ended()
    assert replies(other.result.publications)[0].status is ReplyStatus.ACCEPTED  # type: ignore[attr-defined]


def test_due_timers_and_messages_of_a_payment_in_hand_are_left_to_who_has_it(store: Store, members: Members) -> None:
    batch = [members.arrival(ANN, members.request(payment_id)) for payment_id in (_ONE, _TWO)]
    members.committer.commit(batch, _NOW_MS)
    later_ms = _NOW_MS + 3_600_000
    with store.write() as mine, store.write() as theirs:
        locks.lock_payments(mine, [_ONE])
        assert {timer.payment_id for timer in timers.take_due(theirs, later_ms, 10)} == {_TWO}
        assert timers.take_due(mine, later_ms, 10)[0].payment_id == _ONE
        assert len(outbox_rows.take_due(mine, _NOW_MS + 1_000)) > 0
        assert outbox_rows.take_due(theirs, _NOW_MS + 1_000) == []


@pytest.mark.fault(20)
def test_a_message_that_two_workers_got_has_one_outcome(store: Store, members: Members) -> None:
    request = members.arrival(ANN, members.request(_ONE))
    start = threading.Barrier(2)

    def commit() -> object:
        start.wait()
        return members.committer.commit([request], _NOW_MS)

    first, second = Worker(commit), Worker(commit)
    assert first.ended()
    assert second.ended()
    answers = [replies(worker.result.publications)[0] for worker in (first, second)]  # type: ignore[attr-defined]
    assert answers[0] == answers[1]
    with store.read() as connection:
        stored = payments.find(connection, _ONE)
    assert stored is not None


@pytest.mark.fault(20)
def test_a_deadlock_is_done_again_as_a_whole(store: Store, members: Members) -> None:
    """Another transaction holds Bob's terminal and wants Ann's; the worker holds Ann's and wants Bob's."""
    presences = [members.arrival(who, Presence(online=True)) for who in (ANN, BOB)]
    held, go_on = threading.Event(), threading.Event()

    def touch(device: str) -> object:
        return update(devices).where(devices.c.device == device).values(seen_at_ms=7)

    def operator() -> None:
        for _ in range(50):
            try:
                with store.write() as connection:
                    connection.execute(touch("terminal-bob"))  # type: ignore[call-overload]
                    held.set()
                    go_on.wait(WAIT_S)
                    connection.execute(touch("terminal-ann"))  # type: ignore[call-overload]
            except DBAPIError:
                continue
            return

    other = Worker(operator)
    assert held.wait(WAIT_S)
    worker = Worker(lambda: members.committer.commit(presences, _NOW_MS))
    assert waits(store)
    go_on.set()
    assert worker.ended()
    assert other.ended()
    assert not isinstance(worker.result, Exception), worker.result
    with store.read() as connection:
        online = connection.execute(select(devices.c.online).order_by(devices.c.device)).scalars().all()
    assert online == [1, 1]


@pytest.mark.fault(67)
def test_of_many_workers_that_spend_one_balance_none_goes_below_its_floor(store: Store, members: Members) -> None:
    start = threading.Barrier(8)

    def deposit() -> None:
        start.wait()
        with store.write() as connection:
            journal.deposit(connection, ANN, "EUR", 5, _NOW_MS)

    workers = [Worker(deposit) for _ in range(8)]
    assert all(worker.ended() for worker in workers)
    assert [worker.result for worker in workers] == [None] * 8
    with store.read() as connection:
        assert journal.audit(connection).findings == ()
        assert journal.balances_of(connection, ANN) == {"EUR": 10_040}
        rows = connection.execute(select(ledger_accounts.c.balance_minor)).scalars().all()
    assert sum(rows) == 0


def test_a_comparison_of_a_worker_that_died_is_due_for_the_next(store: Store, members: Members) -> None:
    turns = PaymentTurns(members.voice, Policies(), COMPARISON_LEASE_MS)
    committer = BatchCommitter(store, members.voice, MessageTurns(members.voice, turns), turns)
    asked = committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    answer = members.arrival(BOB, members.capture(first_instruction(asked.publications)))
    (pending,) = committer.commit([answer], _NOW_MS + 1).comparisons
    # It dies here. Nobody starts anew; time goes by.
    assert committer.commit([], _NOW_MS + COMPARISON_LEASE_MS).comparisons == ()
    (again,) = committer.commit([], _NOW_MS + 1 + COMPARISON_LEASE_MS).comparisons
    assert again == pending
    concluded = members.comparer.conclude(again)
    committer.commit([concluded], _NOW_MS + 5_000)
    with store.read() as connection:
        before = payments.find(connection, _ONE)
    # The other was only slow: what it found counts no second time, nor as a replay of itself.
    committer.commit([concluded], _NOW_MS + 5_001)
    with store.read() as connection:
        assert payments.find(connection, _ONE) == before
    assert committer.commit([], _NOW_MS + 5_002 + COMPARISON_LEASE_MS).comparisons == ()


def _lose_connection(store: Store, connection: Connection) -> None:
    own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with store.write() as other:
        other.exec_driver_sql("SELECT pg_terminate_backend(%(pid)s)", {"pid": own})
    inbox.count(connection, "never", "committed")


@pytest.mark.fault(22)
def test_a_commit_during_which_the_connection_died_is_looked_up_by_its_id(store: Store, members: Members) -> None:
    request = members.arrival(ANN, members.request(_ONE))
    with pytest.raises(StoreUnavailableError), store.write() as connection:
        _lose_connection(store, connection)
    first = replies(members.committer.commit([request], _NOW_MS).publications)
    with store.read() as connection:
        # It wrote, whatever it found: so its commit waits for a standby to have what may have been committed before.
        assert RETURNED in connection.execute(select(counters.c.name)).scalars().all()
    again = replies(members.committer.commit([request], _NOW_MS + 9).publications)
    assert first[0] == again[0]
    with store.read() as connection:
        payment = payments.find(connection, _ONE)
    assert payment is not None


def _gone(store: Store, backend: int) -> bool:
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT 1 FROM pg_stat_activity WHERE pid = %(pid)s", {"pid": backend})
        return found.scalar() is None


def _freeze(frozen: Store, others: Store) -> None:
    with frozen.write() as connection:
        assert payments.find_to_change(connection, _ONE) is not None
        inbox.count(connection, "written_by_the_dead", "")
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        while not _gone(others, backend):
            pass


@pytest.mark.fault(31)
def test_a_worker_frozen_in_mid_transaction_loses_its_locks_and_writes_nothing_when_it_wakes(
    store: Store, place: Place, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    monkeypatch.setattr(postgres_store, "FROZEN_WORKER_MS", 100)
    frozen = open_store(place)
    with pytest.raises(StoreUnavailableError):
        _freeze(frozen, store)
    outcome = members.committer.commit([members.arrival(ANN, PaymentQuery(payment_id=_ONE))], _NOW_MS + 1)
    assert replies(outcome.publications)[0].status is ReplyStatus.ACCEPTED
    with store.read() as connection:
        assert connection.execute(select(counters.c.name)).scalars().all() == []
    frozen.close()


def test_every_one_of_several_servers_counts(place: Place, tmp_path: Path) -> None:
    one, other = tmp_path / "server.pem", tmp_path / "server-2.pem"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    with only_server(place, one):
        with only_server(place, other), pytest.raises(AlreadyRunningError), no_server(place):
            pass
        with pytest.raises(AlreadyRunningError), no_server(place):
            pass
