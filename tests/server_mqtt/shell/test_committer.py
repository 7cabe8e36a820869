"""One transaction over a batch: what fails alone is excused alone; what must not happen stops everything."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import DBAPIError, OperationalError
from structlog.testing import capture_logs

from server_mqtt.contract.messages import PayerStop, PaymentQuery, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell import attempts, inbox
from server_mqtt.shell.committer import LOOK_AGAIN_MS, RETRY_AFTER_MS
from server_mqtt.shell.comparison import UNREADABLE, Concluded
from server_mqtt.shell.history import show_payment
from server_mqtt.shell.schema import counters
from server_mqtt.shell.schema import inbox as inbox_table
from server_mqtt.shell.schema import payments as payments_table
from server_mqtt.shell.schema import timers as timers_table
from server_mqtt.shell.store import Store
from server_mqtt.shell.timers import COMPARE_AGAIN, Timer
from server_mqtt.shell.turn import Turn
from server_mqtt.shell.worker import Started
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies, first_instruction, replies

_ONE, _TWO = "a" * 32, "b" * 32
_NOW_MS = 1_000


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def _stored(store: Store, column: Any) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(select(column)).scalars())


def test_a_whole_batch_is_one_transaction(members: Members, store: Store) -> None:
    batch = [members.arrival(ANN, members.request(payment_id)) for payment_id in (_ONE, _TWO)]
    outcome = members.committer.commit(batch, _NOW_MS)
    assert [reply.status for reply in replies(outcome.publications)] == [ReplyStatus.ACCEPTED] * 2
    assert sorted(_stored(store, payments_table.c.payment_id)) == [_ONE, _TWO]
    assert outcome.next_due_ms == _NOW_MS + 1_000


def test_what_a_command_leaves_to_send_is_looked_for_though_nothing_is_due(members: Members) -> None:
    assert members.committer.commit([], _NOW_MS).next_due_ms == _NOW_MS + LOOK_AGAIN_MS


def test_work_that_fails_by_our_fault_is_undone_alone_and_its_sender_told_to_try_again(
    members: Members, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = members.payments.request

    def wrong(turn: Turn, device: str, request: Any) -> Reason | None:
        right(turn, device, request)
        if request.payment_id == _ONE:
            raise ZeroDivisionError
        return None

    monkeypatch.setattr(members.payments, "request", wrong)
    batch = [members.arrival(ANN, members.request(payment_id)) for payment_id in (_ONE, _TWO)]
    with capture_logs() as lines:
        outcome = members.committer.commit(batch, _NOW_MS)
    busy, accepted = replies(outcome.publications)
    assert (busy.status, busy.reason, busy.retry_after_ms) == (ReplyStatus.BUSY, Reason.BUSY, RETRY_AFTER_MS)
    assert accepted.status is ReplyStatus.ACCEPTED
    assert {body.payment_id for body in bodies(outcome.publications) if hasattr(body, "payment_id")} == {_TWO}
    assert _stored(store, payments_table.c.payment_id) == [_TWO]
    assert _stored(store, counters.c.name) == ["work_failed"]
    assert [line["event"] for line in lines] == ["work_failed"]
    # It was not entered as answered: tried again, it is done.
    monkeypatch.setattr(members.payments, "request", right)
    again = members.committer.commit([batch[0]], _NOW_MS + RETRY_AFTER_MS)
    assert replies(again.publications)[0].status is ReplyStatus.ACCEPTED


def test_a_timer_that_fails_by_our_fault_is_tried_again_later(
    members: Members, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)

    def wrong(_turn: Turn, _timer: Timer) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(members.payments, "timer", wrong)
    due_ms = _NOW_MS + 30_000
    members.committer.commit([], due_ms)
    assert _stored(store, timers_table.c.due_at_ms) == [due_ms + RETRY_AFTER_MS]


def test_a_conclusion_that_fails_by_our_fault_is_compared_again_later(
    members: Members, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    answer = members.arrival(BOB, members.capture(first_instruction(asked.publications)))
    (pending,) = members.committer.commit([answer], _NOW_MS + 1).comparisons
    right = members.payments.concluded

    def wrong(_turn: Turn, _concluded: Concluded) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(members.payments, "concluded", wrong)
    members.committer.commit([members.comparer.conclude(pending)], _NOW_MS + 2)
    assert COMPARE_AGAIN in _stored(store, timers_table.c.kind)
    monkeypatch.setattr(members.payments, "concluded", right)
    again = members.committer.commit([], _NOW_MS + 2 + RETRY_AFTER_MS)
    assert again.comparisons == (pending,)
    members.committer.commit([members.comparer.conclude(pending)], _NOW_MS + 3 + RETRY_AFTER_MS)
    with store.read() as connection:
        story = show_payment(connection, _ONE)
        assert attempts.all_pending(connection) == []
    assert story is not None
    assert story["first_result"]["verdict"] == "verified"


def test_a_broken_invariant_stops_everything_and_nothing_is_stored(
    members: Members, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(_turn: Turn, _device: str, _query: PaymentQuery) -> None:
        raise AssertionError("money from nowhere")

    monkeypatch.setattr(members.payments, "query", wrong)
    batch = [members.arrival(ANN, members.request(_ONE)), members.arrival(ANN, PaymentQuery(payment_id=_ONE))]
    with pytest.raises(AssertionError, match="nowhere"):
        members.committer.commit(batch, _NOW_MS)
    assert _stored(store, payments_table.c.payment_id) == []
    assert _stored(store, inbox_table.c.message_id) == []


@pytest.mark.fault(22)
def test_a_commit_of_which_nobody_knows_whether_it_was_is_looked_up_by_its_id(members: Members, store: Store) -> None:
    arrival = members.arrival(ANN, members.request(_ONE))

    def die(_connection: Connection) -> None:
        """The connection dies after the database has committed and before it says so."""
        _connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        raise OperationalError("COMMIT", {}, Exception("connection lost"))

    event.listen(store._engine, "commit", die)
    with pytest.raises(DBAPIError):
        members.committer.commit([arrival], _NOW_MS)
    event.remove(store._engine, "commit", die)
    # The server has ended and acknowledged nothing; the terminal sends its message again to the next one.
    assert _stored(store, payments_table.c.payment_id) == [_ONE]
    again = members.committer.commit([Started(), arrival], _NOW_MS + 500)
    assert replies(again.publications)[0].status is ReplyStatus.ACCEPTED
    assert _stored(store, payments_table.c.revision) == [2]
    with store.read() as connection:
        stored = inbox.find(connection, "terminal-ann", f"{1:032x}")
    assert stored is not None
    assert stored.reply == next(one.payload for one in again.publications if one.kind == "reply")


def test_a_comparison_that_a_dead_server_left_is_taken_up_by_the_next(members: Members, store: Store) -> None:
    asked = members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    answer = members.arrival(BOB, members.capture(first_instruction(asked.publications)))
    (pending,) = members.committer.commit([answer], _NOW_MS + 1).comparisons
    assert members.committer.commit([Started()], _NOW_MS + 60_000).comparisons == (pending,)
    # Its preset time is over meanwhile; it was in time, so it counts.
    concluded = members.comparer.conclude(pending)
    assert concluded.finding.verified
    members.committer.commit([concluded], _NOW_MS + 60_001)
    with store.read() as connection:
        story = show_payment(connection, _ONE)
    assert story is not None
    assert (story["state"], story["first_result"]["verdict"]) == ("awaiting_payer", "verified")
    assert members.committer.commit([Started()], _NOW_MS + 60_002).comparisons == ()


def test_a_comparison_whose_payment_was_stopped_meanwhile_is_concluded_and_changes_nothing(
    members: Members, store: Store
) -> None:
    asked = members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    answer = members.arrival(BOB, members.capture(first_instruction(asked.publications)))
    (pending,) = members.committer.commit([answer], _NOW_MS + 1).comparisons
    members.committer.commit([members.arrival(ANN, PayerStop(payment_id=_ONE))], _NOW_MS + 2)
    members.committer.commit([members.comparer.conclude(pending)], _NOW_MS + 3)
    with store.read() as connection:
        story = show_payment(connection, _ONE)
        assert attempts.all_pending(connection) == []
    assert story is not None
    assert (story["state"], story["reason"]) == ("declined", "payer_stopped")
    assert [attempt["verdict"] for attempt in story["attempts"]] == ["verified"]


@pytest.mark.fault(63)
def test_of_two_answers_with_one_template_the_writer_believes_the_first(members: Members, store: Store) -> None:
    finger = members.people[BOB].finger()
    asked = [
        first_instruction(
            members.committer.commit([members.arrival(ANN, members.request(payment_id))], _NOW_MS).publications
        )
        for payment_id in (_ONE, _TWO)
    ]
    batch = [members.arrival(BOB, members.capture(first, [finger])) for first in asked]
    pending = members.committer.commit(batch, _NOW_MS + 1).comparisons
    # Both are compared before either is noted.
    concluded = [members.comparer.conclude(one) for one in pending]
    assert [one.finding.verified for one in concluded] == [True, True]
    members.committer.commit(concluded, _NOW_MS + 2)
    with store.read() as connection:
        stories = [show_payment(connection, payment_id) for payment_id in (_ONE, _TWO)]
    verdicts = [story["attempts"][0]["reason"] for story in stories if story is not None]
    assert verdicts == [None, "template_replayed"]


@pytest.mark.fault(17)
@pytest.mark.parametrize(("left_ms", "state"), [(1, "counted"), (0, "late")])
def test_an_answer_is_in_time_if_it_was_received_in_time_however_long_it_waits(
    members: Members, left_ms: int, state: str
) -> None:
    first = first_instruction(members.committer.commit([members.arrival(ANN, members.request(_ONE))], 0).publications)
    deadline_ms = first.preset_time_ms
    answer = members.arrival(BOB, members.capture(first), received_at_ms=deadline_ms - left_ms)
    # More came in at once than one transaction takes: the preset time waits for the answer, too.
    full = members.committer.commit([], deadline_ms + 400, answer.received_at_ms)
    over = any(publication.kind == "second_instruction" for publication in full.publications)
    assert over == (state == "late")
    outcome = members.committer.commit([answer], deadline_ms + 500)
    (reply,) = replies(outcome.publications)
    assert (reply.reason, len(outcome.comparisons)) == ((None, 1) if state == "counted" else (Reason.TOO_LATE, 0))


def test_what_was_never_counted_concludes_nothing(members: Members, store: Store) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    stray = Concluded(payment_id=_ONE, instruction_id=_TWO, account=BOB, finding=UNREADABLE)
    members.committer.commit([stray], _NOW_MS + 1)
    with store.read() as connection:
        story = show_payment(connection, _ONE)
    assert story is not None
    assert (story["state"], story["attempts"]) == ("awaiting_payee", [])
