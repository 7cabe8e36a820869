"""Payments as rows: what is stored is what is read, and only the one writer changes it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.states import Payment
from server_mqtt.shell import payments
from server_mqtt.shell.payments import HELD_AT_ONCE, RevisionError
from server_mqtt.shell.schema import payments as table
from server_mqtt.shell.store import Store
from tests.server_mqtt.shell.members import ANN, BOB, Members, first_instruction

_ONE = "a" * 32


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def _payment(members: Members, store: Store) -> Payment:
    """A payment that waits for its payee."""
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], 1)
    with store.read() as connection:
        payment = payments.find(connection, _ONE)
    assert payment is not None
    return payment


def test_what_is_stored_is_what_is_read(members: Members, store: Store) -> None:
    payment = _payment(members, store)
    assert payment.open is not None
    assert payment.open.nonce != bytes(16)
    with store.write() as connection:
        changed = replace(payment, state=PaymentState.HELD, revision=payment.revision + 1)
        payments.store(connection, payment, changed, 7)
        assert payments.find(connection, _ONE) == changed
        row = connection.execute(select(table)).one()
    assert (row.state, row.revision, row.updated_at_ms, row.created_at_ms) == ("held", changed.revision, 7, 1)


def test_a_payment_that_was_changed_meanwhile_is_not_overwritten(members: Members, store: Store) -> None:
    payment = _payment(members, store)
    stale = replace(payment, revision=payment.revision - 1)
    with pytest.raises(RevisionError), store.write() as connection:
        payments.store(connection, stale, replace(payment, state=PaymentState.SETTLED), 7)
    with store.read() as connection:
        assert payments.find(connection, _ONE) == payment


def test_no_nonce_is_ever_used_twice(members: Members, store: Store) -> None:
    instruction = _payment(members, store).open
    assert instruction is not None
    again = replace(instruction, instruction_id="b" * 32)
    with pytest.raises(IntegrityError, match="nonce"), store.write() as connection:
        payments.remember_instruction(connection, _ONE, again)


def test_the_oldest_held_payments_have_their_turn_first(members: Members, store: Store) -> None:
    payment = _payment(members, store)
    with store.write() as connection:
        for number in range(HELD_AT_ONCE + 5):
            held = replace(
                payment, payment_id=f"{number:032x}", state=PaymentState.HELD, requested_at_ms=1_000 - number
            )
            payments.store(connection, None, held, 1_000)
        found = payments.held_for(connection, (BOB,))
        assert payments.held_for(connection, (ANN,)) == []
    assert found == [f"{number:032x}" for number in range(HELD_AT_ONCE + 4, 4, -1)]


def test_a_terminal_that_speaks_is_there(members: Members, store: Store) -> None:
    asked = members.committer.commit([members.arrival(ANN, members.request(_ONE))], 1)
    members.committer.commit([members.arrival(BOB, members.capture(first_instruction(asked.publications)))], 2)
    with store.read() as connection:
        online = connection.exec_driver_sql("SELECT device FROM devices WHERE online = 1").scalars().all()
    assert sorted(online) == ["terminal-ann", "terminal-bob"]
