"""Old messages go, a little at a time; what is needed stays, and what comes back after that moves nothing twice."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import func, insert, select, update

from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import PaymentState, ReplyStatus, SecondInstruction
from server_mqtt.shell import outbox, pruning
from server_mqtt.shell import payments as payment_rows
from server_mqtt.shell.committer import BatchCommitter
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.pruning import AGAIN_MS, LOOK_EVERY_MS, ROWS_AT_ONCE, Pruning
from server_mqtt.shell.schema import inbox as inbox_table
from server_mqtt.shell.schema import outbox as outbox_table
from server_mqtt.shell.schema import payments, postings
from server_mqtt.shell.store import Store
from server_mqtt.verification.policies import Policies
from server_mqtt.verification.policy import MAX_INTERVAL_MS, Policy
from tests.server_mqtt.shell.members import ANN, Members, bodies, replies

_KEPT_MS: Final = 90 * 24 * 3_600_000
_NOW_MS: Final = 1_000
_ONE: Final = "a" * 32


@pytest.fixture
def times() -> Pruning:
    return Pruning(_KEPT_MS)


@pytest.fixture
def members(store: Store, times: Pruning) -> Members:
    people = Members(store)
    turns = MessageTurns(people.voice, people.payments)
    people.committer = BatchCommitter(store, people.voice, turns, people.payments, times)
    return people


def _count(store: Store, table: Any) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _remember(store: Store, count: int, received_at_ms: int) -> None:
    row = {"device": "terminal-x", "kind": "payment_query", "content_hash": b"h", "reply": b"r"}
    rows = [{**row, "message_id": f"{number:032x}", "received_at_ms": received_at_ms} for number in range(count)]
    with store.write() as connection:
        connection.execute(insert(inbox_table), rows)


def test_nothing_goes_before_its_time_and_everything_after_it(members: Members, store: Store, times: Pruning) -> None:
    _remember(store, 3, _NOW_MS)
    members.committer.commit([], _NOW_MS)
    assert times.next_due_ms(_NOW_MS) == _NOW_MS + AGAIN_MS
    members.committer.commit([], _NOW_MS + _KEPT_MS)
    assert _count(store, inbox_table) == 3
    outcome = members.committer.commit([], _NOW_MS + _KEPT_MS + LOOK_EVERY_MS)
    assert _count(store, inbox_table) == 0
    assert [note["count"] for note in outcome.notes] == [3]
    assert times.next_due_ms(_NOW_MS) == _NOW_MS + _KEPT_MS + 2 * LOOK_EVERY_MS


def test_many_go_a_little_at_a_time(members: Members, store: Store, times: Pruning) -> None:
    _remember(store, ROWS_AT_ONCE + 1, 0)
    members.committer.commit([], _NOW_MS)
    now_ms = _NOW_MS + _KEPT_MS
    members.committer.commit([], now_ms)
    assert _count(store, inbox_table) == 1
    assert times.next_due_ms(now_ms) == now_ms + AGAIN_MS
    members.committer.commit([], now_ms + AGAIN_MS)
    assert _count(store, inbox_table) == 0
    assert times.next_due_ms(now_ms) == now_ms + AGAIN_MS + LOOK_EVERY_MS


def test_what_is_not_acknowledged_stays_until_it_is_given_up(members: Members, store: Store) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    with store.read() as connection:
        said = set(connection.execute(select(outbox_table.c.sequence)).scalars())
    with store.write() as connection:
        # As if nobody had looked at it since.
        connection.execute(update(outbox_table).values(created_at_ms=-_KEPT_MS))
        assert pruning.prune(connection, 0) == 0
    members.committer.commit([], _NOW_MS + outbox.KEPT_FOR_MS)
    with store.write() as connection:
        pruning.prune(connection, 0)
        left = set(connection.execute(select(outbox_table.c.sequence)).scalars())
    assert said
    assert not said & left


@pytest.mark.fault(1)
def test_no_answer_is_forgotten_while_a_payment_is_open_that_it_may_be_about(members: Members, store: Store) -> None:
    """Else an extension that is said again would count again."""
    long = Policies(default=Policy(hold_expiry_ms=MAX_INTERVAL_MS, hold_extension_ms=MAX_INTERVAL_MS))
    members.payments = PaymentTurns(members.voice, long)
    turns = MessageTurns(members.voice, members.payments)
    members.committer = BatchCommitter(store, members.voice, turns, members.payments, Pruning(_KEPT_MS))
    request = members.arrival(ANN, members.request(_ONE))
    (first,) = replies(members.committer.commit([request], _NOW_MS).publications)
    # The payee's time is over; the payer agrees all the same, so that the money is held.
    told = bodies(members.committer.commit([], _NOW_MS + 60_000).publications)
    (second,) = (body for body in told if isinstance(body, SecondInstruction))
    (pending,) = members.committer.commit([members.arrival(ANN, members.consent(second))], _NOW_MS + 60_000).comparisons
    members.committer.commit([members.comparer.conclude(pending)], _NOW_MS + 60_000)
    extension = members.arrival(ANN, HoldExtension(payment_id=_ONE))
    (extended,) = replies(members.committer.commit([extension], _NOW_MS + 90_000).publications)
    assert extended.status is ReplyStatus.ACCEPTED

    late_ms = _NOW_MS + _KEPT_MS + 30 * 24 * 3_600_000
    members.committer.commit([], late_ms)
    again = replies(members.committer.commit([request, extension], late_ms + AGAIN_MS).publications)
    assert again == [first, extended]
    with store.read() as connection:
        payment = payment_rows.find(connection, _ONE)
    assert payment is not None
    assert payment.hold is not None
    assert (payment.state, payment.hold.extended) == (PaymentState.HELD, 1)

    # Its hold ends, and with it the reason to keep them.
    for at_ms in (3 * MAX_INTERVAL_MS, 3 * MAX_INTERVAL_MS + 2 * LOOK_EVERY_MS):
        members.committer.commit([], at_ms)
    assert _count(store, inbox_table) == 0


def test_what_is_still_wanted_in_front_does_not_hide_what_is_over_behind(members: Members, store: Store) -> None:
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    with store.write() as connection:
        connection.execute(update(outbox_table).values(created_at_ms=-_KEPT_MS))
        connection.execute(
            update(outbox_table).where(outbox_table.c.kind == "payment_status").values(next_send_at_ms=None)
        )
        over = connection.execute(select(func.count()).where(outbox_table.c.next_send_at_ms.is_(None))).scalar_one()
        assert pruning.prune(connection, 0) == over > 0


@pytest.mark.fault(62)
def test_a_message_that_comes_back_when_its_answer_is_forgotten_moves_nothing_twice(
    members: Members, store: Store
) -> None:
    request = members.arrival(ANN, members.request(_ONE))
    members.committer.commit([request], _NOW_MS)
    # First the payee's time is over, then the payer's; and then long nothing.
    for at_ms in (60_000, 120_000, 2 * _KEPT_MS, later_ms := 3 * _KEPT_MS):
        members.committer.commit([], at_ms)
    assert _count(store, inbox_table) == 0
    before = _count(store, postings)
    (reply,) = replies(members.committer.commit([request], later_ms).publications)
    assert reply.status is ReplyStatus.ACCEPTED
    with store.read() as connection:
        assert connection.execute(select(payments.c.state)).scalars().all() == [PaymentState.DECLINED]
    assert _count(store, postings) == before
    other = members.arrival(ANN, msgspec.structs.replace(members.request(_ONE), amount_minor=501))
    (reply,) = replies(members.committer.commit([other], later_ms).publications)
    assert reply.status is ReplyStatus.REFUSED
