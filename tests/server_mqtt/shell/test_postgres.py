"""PostgreSQL's own: what a session promises, triggers, what its errors mean, two workers in each other's way."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import URL, Connection, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from server_mqtt.contract.messages import PaymentQuery, Presence, ReplyStatus
from server_mqtt.shell import inbox, journal, locks, payments, people, timers
from server_mqtt.shell import outbox as outbox_rows
from server_mqtt.shell.committer import COMPARISON_LEASE_MS, BatchCommitter
from server_mqtt.shell.errors import ConfigError, StoreError, StoreUnavailableError
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.postgres import checked_url
from server_mqtt.shell.schema import APPEND_ONLY, devices, ledger_accounts
from server_mqtt.shell.store import Place, Store, migrate, open_store
from server_mqtt.verification.policy import Policy
from tests.private_postgres import PrivatePostgres
from tests.server_mqtt.shell.members import ANN, BOB, Members, first_instruction, replies

pytestmark = pytest.mark.postgres

_ONE, _TWO = "a" * 32, "b" * 32
_NOW_MS = 1_000
_WAIT_S = 30.0


@pytest.fixture
def place(postgres: PrivatePostgres, migrated: URL) -> Place:
    """Of this kind alone."""
    return postgres.copy_of(migrated)


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def test_a_commit_that_returned_is_durable_whatever_the_database_is_set_to(store: Store, place: Place) -> None:
    with store.write() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {place.database} SET synchronous_commit = off")  # type: ignore[union-attr]
    again = open_store(place)
    with again.write() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    again.close()


def test_every_append_only_table_has_its_triggers(store: Store) -> None:
    with store.read() as connection:
        names = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal").scalars()
        expected = {f"{table}_no_{action}" for table in APPEND_ONLY for action in ("UPDATE", "DELETE", "TRUNCATE")}
        assert set(names) == expected


@pytest.mark.fault(69)
def test_the_journal_is_not_emptied_either(store: Store) -> None:
    with pytest.raises(IntegrityError, match="append-only"), store.write() as connection:
        connection.exec_driver_sql("TRUNCATE postings")


def test_what_only_reads_cannot_write(store: Store, members: Members) -> None:
    with pytest.raises(StoreUnavailableError, match="read-only"), store.read() as connection:
        people.set_status(connection, ANN, people.BLOCKED)


@pytest.mark.fault(68)
def test_a_name_with_a_nul_in_it_does_not_stop_the_server(store: Store, members: Members) -> None:
    hostile = Presence(online=True, software="1.0\0; DROP TABLE payments")
    members.committer.commit([members.arrival(ANN, hostile)], _NOW_MS)
    with store.read() as connection:
        names = connection.execute(select(devices.c.software)).scalars().all()
    assert "1.0\N{REPLACEMENT CHARACTER}; DROP TABLE payments" in names


def test_the_url_hides_its_password() -> None:
    url = checked_url("postgresql+psycopg://me:secret@db.example/countersign")
    assert "secret" not in f"{url} {url!r}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("secret", "no URL"),
        ("postgresql://me:secret@db.example/countersign", "begins with"),
        ("sqlite:///secret", "begins with"),
        ("postgresql+psycopg://me:secret@db.example", "names no database"),
    ],
)
def test_a_url_that_cannot_be_is_refused_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        checked_url(text)
    assert "secret" not in str(refusal.value)


def test_no_server_and_no_tables_say_what_to_do(postgres: PrivatePostgres) -> None:
    with pytest.raises(StoreError, match="countersign-server migrate"):
        open_store(postgres.new_database())
    with pytest.raises(StoreError, match="does not open"):
        open_store(postgres.url("there_is_no_such_database"))


@pytest.mark.fault(27)
def test_a_migration_that_fails_half_way_leaves_nothing(
    postgres: PrivatePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = postgres.new_database()
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.create_index", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            migrate(empty)
    migrate(empty)
    open_store(empty).close()


# --- two workers on one database ---


class _Worker:
    """Runs one function in a thread of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.result: object = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.result = error

    def ended(self, within_s: float = _WAIT_S) -> bool:
        self._thread.join(within_s)
        return not self._thread.is_alive()


def _waits(store: Store) -> bool:
    """Whether a session waits for a lock, looked for until one does."""
    looked = 0
    while looked < 1_000:
        with store.read() as connection:
            waiting = connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).scalar()
        if waiting:
            return True
        looked += 1
    return False


def test_two_workers_never_step_the_same_payment_at_once(store: Store, members: Members) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    query = members.arrival(ANN, PaymentQuery(payment_id=_ONE))
    with store.write() as connection:
        assert payments.find_to_change(connection, _ONE) is not None
        other = _Worker(lambda: members.committer.commit([query], _NOW_MS + 1))
        assert _waits(store)
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

    first, second = _Worker(commit), _Worker(commit)
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
                    go_on.wait(_WAIT_S)
                    connection.execute(touch("terminal-ann"))  # type: ignore[call-overload]
            except DBAPIError:
                continue
            return

    other = _Worker(operator)
    assert held.wait(_WAIT_S)
    worker = _Worker(lambda: members.committer.commit(presences, _NOW_MS))
    assert _waits(store)
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

    workers = [_Worker(deposit) for _ in range(8)]
    assert all(worker.ended() for worker in workers)
    assert [worker.result for worker in workers] == [None] * 8
    with store.read() as connection:
        assert journal.audit(connection).findings == ()
        assert journal.balances_of(connection, ANN) == {"EUR": 10_040}
        rows = connection.execute(select(ledger_accounts.c.balance_minor)).scalars().all()
    assert sum(rows) == 0


def test_a_comparison_of_a_worker_that_died_is_due_for_the_next(store: Store, members: Members) -> None:
    turns = PaymentTurns(members.voice, Policy(), COMPARISON_LEASE_MS)
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
    again = replies(members.committer.commit([request], _NOW_MS + 9).publications)
    assert first[0] == again[0]
    with store.read() as connection:
        payment = payments.find(connection, _ONE)
    assert payment is not None
