"""Orders in the database: two people or nothing, once or not at all, and an audit that finds what was never ordered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.orders import OrderKind
from server_mqtt.ledger import entries
from server_mqtt.shell import journal, operators, orders, people
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.operator_tables import orders as orders_table
from server_mqtt.shell.orders_audit import check_orders
from server_mqtt.shell.schema import outbox
from server_mqtt.shell.schema import payments as payments_table
from server_mqtt.shell.store import Store
from tests.server_mqtt.shell.beside import Worker
from tests.server_mqtt.shell.members import ANN, BOB, Members
from tests.server_mqtt.shell.office import OLGA, OMAR, OTTO, Office

AMOUNT_MINOR = 1_250
REFUND, RELEASE = OrderKind.REFUND, OrderKind.RELEASE


@pytest.fixture
def office(store: Store) -> Office:
    return Office(Members(store))


def _findings(store: Store) -> list[str]:
    with store.read() as connection:
        return [*journal.audit(connection).findings, *check_orders(connection)]


# --- one transaction, two people ---


def test_an_approval_moves_the_money_and_tells_both_ends_in_one_transaction(office: Office) -> None:
    payment = office.payment(PaymentState.HELD)
    order = office.ask(payment, RELEASE, 400)
    assert (office.state(order), office.stored(payment)) == ("asked", payment)
    assert office.approve(order)
    after = office.stored(payment)
    assert (office.state(order), after.state, after.released_minor) == ("done", PaymentState.HELD, 400)
    assert office.balances() == (10_000 - AMOUNT_MINOR, 10_400)
    with office.store.read() as connection:
        said = set(connection.execute(select(outbox.c.device, outbox.c.kind)).tuples())
    assert said == {(who, what) for who in ("terminal-ann", "terminal-bob") for what in ("payment_status", "receipt")}
    assert _findings(office.store) == []


@pytest.mark.fault(1)
def test_an_order_that_is_approved_again_has_the_same_outcome(office: Office) -> None:
    payment = office.payment(PaymentState.SETTLED)
    order = office.ask(payment, REFUND, AMOUNT_MINOR)
    assert office.approve(order)
    once, balances = office.stored(payment), office.balances()
    assert not office.approve(order)
    assert not office.approve(order, OLGA)
    assert (office.stored(payment), office.balances()) == (once, balances)


@pytest.mark.fault(66)
def test_two_approvals_at_once_are_one(office: Office) -> None:
    payment = office.payment(PaymentState.SETTLED)
    order = office.ask(payment, REFUND, AMOUNT_MINOR, OLGA)
    approvals = [Worker(partial(office.approve, order)) for _ in range(4)]
    assert all(approval.ended() for approval in approvals)
    assert sorted(str(approval.result) for approval in approvals) == ["False"] * 3 + ["True"]
    assert office.balances() == (10_000, 10_000)


@pytest.mark.fault(66)
@pytest.mark.parametrize("kind", [REFUND, RELEASE])
def test_an_approval_races_the_expiry_and_one_of_them_is_the_outcome(office: Office, kind: OrderKind) -> None:
    """A server finds the hold expired at the moment at which the operator approves: whoever has the payment first."""
    for _ in range(3):
        payment = office.payment(PaymentState.HELD)
        assert payment.hold is not None
        before = office.balances()
        order = office.ask(payment, kind, AMOUNT_MINOR)
        office.expires(payment)
        racing = [
            Worker(partial(office.members.committer.commit, [], payment.hold.expires_at_ms)),
            Worker(partial(office.approve, order)),
        ]
        assert all(one.ended() for one in racing)
        assert not isinstance(racing[0].result, Exception), racing[0].result
        ordered = racing[1].result is True
        released = ordered and kind is RELEASE
        after = office.stored(payment)
        assert after.state is (PaymentState.RELEASED if released else PaymentState.REFUNDED)
        assert len(after.orders) == ordered
        gained = tuple(now - then for now, then in zip(office.balances(), before, strict=True))
        assert gained == ((0, AMOUNT_MINOR) if released else (AMOUNT_MINOR, 0))
        assert _findings(office.store) == []


@pytest.mark.fault(67)
def test_orders_that_together_want_too_much_are_not_all_carried_out(office: Office) -> None:
    payment = office.payment(PaymentState.SETTLED)
    wanted = [office.ask(payment, REFUND, 500) for _ in range(4)]
    approvals = [Worker(partial(office.approve, order)) for order in wanted]
    assert all(approval.ended() for approval in approvals)
    assert sum(approval.result is True for approval in approvals) == 2
    assert office.stored(payment).refunded_minor == 1_000
    assert office.balances() == (10_000 - 250, 10_250)
    assert _findings(office.store) == []


def test_nobody_approves_alone(office: Office) -> None:
    payment = office.payment(PaymentState.HELD)
    order = office.ask(payment, REFUND, 400)
    for who, key, words in (
        (OLGA, OLGA, "you asked for it yourself"),
        (OMAR, OLGA, "this key is not omar's"),
        (OTTO, OTTO, "there is no operator otto"),
    ):
        with pytest.raises(OperatorError, match=words):
            office.approve(order, who, key)
    alone = update(orders_table).where(orders_table.c.order_id == order).values(state="done", answered_by=OLGA)
    with pytest.raises(IntegrityError), office.store.write() as connection:
        # Not even the database takes it.
        connection.execute(alone)
    assert (office.state(order), office.stored(payment)) == ("asked", payment)


def test_what_cannot_be_done_now_changes_nothing_and_may_be_approved_later(office: Office) -> None:
    payment = office.payment(PaymentState.SETTLED)
    order = office.ask(payment, REFUND, AMOUNT_MINOR)
    with office.store.write() as connection:
        other = entries.settle("f" * 32, BOB, ANN, "EUR", 10_000 + AMOUNT_MINOR)
        journal.append(connection, other, office.now_ms)
    with pytest.raises(OperatorError, match="the payee's account does not have that much"):
        office.approve(order)
    assert (office.state(order), office.stored(payment)) == ("asked", payment)
    with office.store.write() as connection:
        journal.deposit(connection, BOB, "EUR", AMOUNT_MINOR, office.now_ms)
    assert office.approve(order)


def _revoke_olga(office: Office, _order: str, connection: Connection) -> None:
    operators.revoke(connection, OLGA, OMAR, office.keys[OMAR], office.now_ms)


def _reject(office: Office, order: str, connection: Connection) -> None:
    orders.reject(connection, order, OLGA, office.keys[OLGA], office.now_ms)


def _raise_amount(_office: Office, order: str, connection: Connection) -> None:
    connection.execute(update(orders_table).where(orders_table.c.order_id == order).values(amount_minor=401))


def _block_payee(_office: Office, _order: str, connection: Connection) -> None:
    people.set_status(connection, BOB, people.BLOCKED)


def _wait(office: Office, _order: str, _connection: Connection) -> None:
    office.now_ms += orders.VALID_MS + 1


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (_revoke_olga, "olga, who asked for it, is no operator any more"),
        (_reject, "was rejected by olga"),
        (_raise_amount, "is not as olga signed it"),
        (_block_payee, "the payee's account is blocked"),
        (_wait, "too long ago"),
    ],
)
def test_what_happened_since_it_was_asked_for_is_said(
    office: Office, meanwhile: Callable[[Office, str, Connection], None], words: str
) -> None:
    payment = office.payment(PaymentState.HELD)
    order = office.ask(payment, RELEASE, 400)
    with office.store.write() as connection:
        meanwhile(office, order, connection)
    with pytest.raises(OperatorError, match=words):
        office.approve(order)
    assert office.stored(payment) == payment


# --- who the operators are ---


def test_after_the_first_two_nobody_is_an_operator_whom_two_have_not_confirmed(office: Office) -> None:
    now_ms, keys = office.now_ms, office.keys
    with office.store.write() as connection:
        with pytest.raises(OperatorError, match="another operator's"):
            operators.add(connection, OTTO, keys[OLGA].public_key(), now_ms)
        with pytest.raises(OperatorError, match="there is, or was, an operator olga"):
            operators.add(connection, OLGA, keys[OTTO].public_key(), now_ms)
        assert operators.add(connection, OTTO, keys[OTTO].public_key(), now_ms) == operators.WAITING
    order = office.ask(office.payment(PaymentState.HELD), REFUND, 400)
    with pytest.raises(OperatorError, match="otto is waiting: two others confirm them first"):
        office.approve(order, OTTO)
    with office.store.write() as connection:
        with pytest.raises(OperatorError, match="otto is waiting"):
            operators.confirm(connection, OTTO, OTTO, keys[OTTO], now_ms)
        assert operators.confirm(connection, OTTO, OLGA, keys[OLGA], now_ms) == 1
        with pytest.raises(OperatorError, match="has confirmed otto already"):
            operators.confirm(connection, OTTO, OLGA, keys[OLGA], now_ms)
        assert operators.confirm(connection, OTTO, OMAR, keys[OMAR], now_ms) == 0
        with pytest.raises(OperatorError, match="nothing to confirm"):
            operators.confirm(connection, OTTO, OMAR, keys[OMAR], now_ms)
    assert office.approve(order, OTTO)


def test_who_is_revoked_makes_no_room_for_a_second_self(office: Office) -> None:
    with office.store.write() as connection:
        assert operators.revoke(connection, OMAR, OLGA, office.keys[OLGA], office.now_ms) == 1
        with pytest.raises(OperatorError, match="omar is revoked: their key counts no more"):
            operators.revoke(connection, OLGA, OMAR, office.keys[OMAR], office.now_ms)
        assert operators.add(connection, OTTO, office.keys[OTTO].public_key(), office.now_ms) == operators.WAITING
        assert [row["status"] for row in operators.list_all(connection)] == ["active", "revoked", "waiting"]


def test_a_name_is_one_that_can_be_typed_and_read(office: Office) -> None:
    for name in ("", "o", "Olga", "-olga", "o" * 33, "ol ga", "olga\n", "0lga"):
        with office.store.write() as connection, pytest.raises(OperatorError, match="no operator's name"):
            operators.add(connection, name, office.keys[OTTO].public_key(), 0)


# --- what an insider plants ---


@pytest.mark.fault(69)
def test_a_refund_that_nobody_ordered_is_named(office: Office) -> None:
    payment = office.payment(PaymentState.SETTLED)
    assert office.approve(office.ask(payment, REFUND, 1_000))
    with office.store.write() as connection:
        planted = entries.give_back(payment.payment_id, ANN, BOB, "EUR", 250)
        journal.append(connection, planted, office.now_ms)
    (ann, bob) = [finding for finding in _findings(office.store) if "settled and moves" in finding]
    assert (
        ann == f"payment {payment.payment_id} is settled and moves 0 EUR in customer/{ANN}, where it should move -250"
    )
    assert f"moves 0 EUR in customer/{BOB}" in bob
    with office.store.write() as connection:
        this = payments_table.c.payment_id == payment.payment_id
        connection.execute(update(payments_table).where(this).values(refunded_minor=AMOUNT_MINOR))
    assert _findings(office.store) == [
        f"payment {payment.payment_id} gave back 1250 EUR, where two operators ordered 1000"
    ]


@pytest.mark.fault(69)
def test_parts_of_a_hold_that_nobody_ordered_are_named(office: Office) -> None:
    payment = office.payment(PaymentState.HELD)
    order = office.ask(payment, RELEASE, 400)
    assert office.approve(order)
    with office.store.write() as connection:
        this = payments_table.c.payment_id == payment.payment_id
        connection.execute(update(payments_table).where(this).values(refunded_minor=1))
    assert f"payment {payment.payment_id} has 1 EUR as its refund, where two operators ordered 0" in _findings(
        office.store
    )


@pytest.mark.fault(69)
def test_an_order_with_another_signature_is_named(office: Office) -> None:
    payment = office.payment(PaymentState.HELD)
    done, asked = office.ask(payment, RELEASE, 400), office.ask(payment, REFUND, 300)
    assert office.approve(done)
    forged = {"state": "done", "answered_by": OMAR, "answered_at_ms": 1, "answered_signature": bytes(64)}
    with office.store.write() as connection:
        connection.execute(update(orders_table).where(orders_table.c.order_id == asked).values(**forged))
        connection.execute(update(orders_table).where(orders_table.c.order_id == done).values(reason="another"))
    findings = _findings(office.store)
    assert f"order {asked} is done, but no second person has signed it" in findings
    assert f"order {done} is done, but olga has not signed it as it is" in findings
    assert f"payment {payment.payment_id} has 0 EUR as its refund, where two operators ordered 300" in findings


def test_what_is_asked_for_is_what_is_left(office: Office) -> None:
    payment = office.payment(PaymentState.HELD)
    assert orders.amount_to_ask(payment, RELEASE, None) == AMOUNT_MINOR
    assert office.approve(office.ask(payment, RELEASE, 400))
    after = office.stored(payment)
    assert orders.amount_to_ask(after, REFUND, None) == AMOUNT_MINOR - 400
    with pytest.raises(OperatorError, match=r"8\.50 EUR is left"):
        orders.amount_to_ask(after, REFUND, AMOUNT_MINOR - 399)
    settled = office.payment(PaymentState.SETTLED)
    with pytest.raises(OperatorError, match="the payment is settled: there is nothing to release"):
        orders.amount_to_ask(settled, RELEASE, 1)
