"""What the tables know of terminals: which left, which are taken by other payments, which were replaced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from server_mqtt.contract.messages import PaymentState, Presence, Role
from server_mqtt.flow.events import ResendDue, TimerKind
from server_mqtt.flow.states import Payment
from server_mqtt.shell import payments, people, timers
from server_mqtt.shell.about import About
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.facts import gather
from server_mqtt.shell.people import SAME_MOMENT_MS
from server_mqtt.shell.store import Store
from server_mqtt.shell.timers import Timer
from server_mqtt.shell.turn import Turn
from server_mqtt.shell.worker import Subscribed
from server_mqtt.verification.policy import Policy
from tests.server_mqtt.shell.members import ANN, BOB, Members

ANNS, BOBS, NEW = "terminal-ann", "terminal-bob", "terminal-new"
ONE, TWO = "a" * 32, "b" * 32
THERE, GONE = Presence(online=True), Presence(online=False)


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def _seen(connection: Connection, device: str = BOBS) -> tuple[bool, bool]:
    """Whether it is known to be there, and whether it is known to be away."""
    row = people.find_device(connection, device)
    assert row is not None
    return bool(row.online), row.left_at_ms is not None


def _asked(members: Members, payment_id: str = ONE, now_ms: int = 1_000) -> Payment:
    """A payment whose payee is asked."""
    members.committer.commit([members.arrival(ANN, members.request(payment_id))], now_ms)
    with members.store.read() as connection:
        payment = payments.find(connection, payment_id)
    assert payment is not None
    return payment


# --- there, away, or nobody knows ---


def test_a_terminal_that_never_said_anything_is_not_known_to_be_away(members: Members, store: Store) -> None:
    with store.read() as connection:
        assert _seen(connection) == (False, False)


def test_a_terminal_is_away_from_when_it_left_until_it_is_heard_of(members: Members, store: Store) -> None:
    with store.write() as connection:
        people.note_presence(connection, BOBS, THERE, 1_000)
        assert _seen(connection) == (True, False)
        people.note_presence(connection, BOBS, GONE, 1_000 + SAME_MOMENT_MS)
        assert _seen(connection) == (False, True)
        people.note_online(connection, BOBS, 9_000)
        assert _seen(connection) == (True, False)
        people.note_presence(connection, BOBS, GONE, 90_000)
        people.note_presence(connection, BOBS, THERE, 90_001)
        assert _seen(connection) == (True, False)


def test_a_terminal_that_came_and_left_in_one_moment_may_be_there(members: Members, store: Store) -> None:
    """It connected anew, and the two words of it were heard the wrong way round."""
    with store.write() as connection:
        people.note_presence(connection, BOBS, THERE, 1_000)
        people.note_presence(connection, BOBS, GONE, 1_000 + SAME_MOMENT_MS - 1)
        assert _seen(connection) == (False, False)


def test_who_left_may_have_come_back_while_nobody_listened(members: Members, store: Store) -> None:
    with store.write() as connection:
        people.note_presence(connection, BOBS, GONE, 1_000)
    members.committer.commit([Subscribed()], 2_000)
    with store.read() as connection:
        assert _seen(connection) == (False, False)


def test_a_payee_who_left_is_not_asked_and_one_who_speaks_is(members: Members, store: Store) -> None:
    with store.write() as connection:
        people.note_presence(connection, BOBS, GONE, 1_000)
    away = _asked(members, ONE)
    assert away.state is PaymentState.AWAITING_PAYER
    assert away.payee_devices == ()
    with store.write() as connection:
        people.note_online(connection, BOBS, 2_000)
    assert _asked(members, TWO, 3_000).state is PaymentState.AWAITING_PAYEE


# --- taken screens ---


def test_other_payments_instructions_take_a_screen_until_they_are_answered_or_over(
    members: Members, store: Store
) -> None:
    first, second = _asked(members, ONE), _asked(members, TWO)
    assert first.open is not None
    assert second.open is not None
    with store.write() as connection:
        taken = payments.screens_taken(connection, [BOBS], ONE, 2_000)
        assert taken == {BOBS: [second.open.deadline_ms]}
        assert payments.screens_taken(connection, [BOBS], ONE, second.open.deadline_ms) == {}
        assert payments.screens_taken(connection, [ANNS], ONE, 2_000) == {}
        answered = replace(second, revision=second.revision + 1, open=replace(second.open, pending=True))
        payments.store(connection, second, answered, 2_000)
        assert payments.screens_taken(connection, [BOBS], ONE, 2_000) == {}


def test_a_payer_at_a_shared_terminal_takes_its_screen(members: Members, store: Store) -> None:
    asked = _asked(members)
    assert asked.open is not None
    paying = replace(asked.open, role=Role.PAYER, devices=(ANNS,), deadline_ms=30_000)
    with store.write() as connection:
        changed = replace(asked, revision=asked.revision + 1, state=PaymentState.AWAITING_PAYER, open=paying)
        payments.store(connection, asked, changed, 2_000)
        timers.cancel(connection, ONE)
        timers.add(connection, Timer(payment_id=ONE, kind=TimerKind.PRESET_TIME, subject="", due_at_ms=30_000))
        assert payments.screens_taken(connection, [ANNS, BOBS], TWO, 2_000) == {ANNS: [30_000]}


def test_screens_are_looked_up_only_when_they_are_wanted(members: Members, store: Store) -> None:
    _asked(members)
    subject = About(payment_id=TWO, payer_account=ANN, payee_account=BOB, currency="EUR", amount_minor=1)
    with store.read() as connection:
        for screens, count in ((True, 1), (False, 0)):
            facts = gather(connection, Policy(), subject, ResendDue(), 2_000, screens=screens)
            assert facts.payee is not None
            assert len(facts.payee.terminals[0].taken_until_ms) == count


def test_a_payee_for_whom_enough_payments_wait_is_busy(members: Members) -> None:
    for number in range(Policy().busy_from):
        assert _asked(members, f"{number:032x}").state is PaymentState.AWAITING_PAYEE
    assert _asked(members, "f" * 32).state is PaymentState.AWAITING_PAYER


# --- replaced ---


def test_what_a_revoked_terminal_left_behind_is_found_by_the_new_one(members: Members, store: Store) -> None:
    _asked(members)
    with store.write() as connection:
        assert payments.left_behind(connection, (ANN, BOB)) == []
        people.revoke_device(connection, BOBS)
        assert payments.left_behind(connection, (BOB,)) == [ONE]
        assert payments.left_behind(connection, (ANN,)) == []
        people.revoke_device(connection, ANNS)
        assert payments.left_behind(connection, (ANN,)) == [ONE]


def test_a_new_terminal_is_asked_when_it_comes(members: Members, store: Store) -> None:
    _asked(members)
    key = members.keys[NEW] = Ed25519PrivateKey.generate()
    with store.write() as connection:
        people.revoke_device(connection, BOBS)
        people.add_device(connection, NEW, key.public_key(), [BOB], 1_500)
        people.note_online(connection, NEW, 1_500)
        turn = Turn(connection=connection, now_ms=1_500)
        members.payments.terminal_appeared(turn, NEW)
    with store.read() as connection:
        payment = payments.find(connection, ONE)
    assert payment is not None
    assert payment.open is not None
    assert (payment.open.devices, payment.open.attempt) == ((NEW,), 1)


# --- closed ---


def test_an_account_is_closed_only_once_its_payments_are_over(members: Members, store: Store) -> None:
    payment = _asked(members)
    for account in (ANN, BOB):
        with pytest.raises(OperatorError, match="not over"), store.write() as connection:
            people.close_account(connection, account)
    over = replace(payment, revision=payment.revision + 1, state=PaymentState.DECLINED, open=None)
    with store.write() as connection:
        payments.store(connection, payment, over, 2_000)
        people.close_account(connection, BOB)
        assert people.find_listing(connection, BOB) is None
        assert people.find_open_account(connection, BOB) is None
        with pytest.raises(OperatorError, match="is closed"):
            people.set_status(connection, BOB, people.ACTIVE)
    subject = About(payment_id=TWO, payer_account=ANN, payee_account=BOB, currency="EUR", amount_minor=1)
    with store.read() as connection:
        assert gather(connection, Policy(), subject, ResendDue(), 2_000).payee is None
