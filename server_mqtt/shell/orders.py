"""Operators' orders: asked for by one person, carried out when another approves. Impure: the database.

Everything that an approval brings about is one transaction: the order, the payment's step, its posting, its receipt
and what both ends are told. It takes the locks that servers take, in their order, so servers may run meanwhile; they
send what it leaves in the outbox.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Row, insert, select, update

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.orders import Order, OrderKind, RefundOrdered, ReleaseOrdered, TwoPeople
from server_mqtt.flow.states import PAID, Payment
from server_mqtt.shell import operators, payments
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.history import iso, told_amount
from server_mqtt.shell.operator_tables import orders
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.statements import Answer, AskedOrder, answering, asking
from server_mqtt.shell.turn import Turn

ASKED: Final = "asked"
DONE: Final = "done"
REJECTED: Final = "rejected"
STATES: Final = (ASKED, DONE, REJECTED)

VALID_MS: Final = 7 * 24 * 3_600_000
"""What nobody approved in a week may not be wanted any more: it has to be asked for anew."""

WHY_NOT: Final = {
    Reason.SAME_PERSON: "you asked for it yourself: another operator has to approve it",
    Reason.NOT_NOW: "the payment is not in a state in which this can be done: see `payments show`",
    Reason.MORE_THAN_IS_LEFT: "it is more than is left of the payment: reject it, and ask for less",
    Reason.PAYEE_SHORT_OF_FUNDS: "the payee's account does not have that much: approve it later, or ask for less",
    Reason.TOO_LATE: "the hold has expired: what is left of it goes back to the payer by itself",
    Reason.UNKNOWN_PAYER: "the payer's account is closed: money cannot go back to it",
    Reason.UNKNOWN_PAYEE: "the payee's account is closed or not in the directory: refund the payer instead",
    Reason.ACCOUNT_BLOCKED: "the payee's account is blocked: unblock it first, or refund the payer instead",
}
"""Words for the operator."""

_SAID: Final = tuple(field.name for field in fields(AskedOrder))


def ask(connection: Connection, order: AskedOrder, key: Ed25519PrivateKey) -> None:
    """`order.asked_by`, whose `key` it is, asks for `order`; raises OperatorError. No money moves by this."""
    signature = operators.prove(connection, order.asked_by, key, asking(order))
    values = {name: getattr(order, name) for name in _SAID}
    connection.execute(insert(orders).values(**values, asked_signature=signature, state=ASKED))


def amount_to_ask(payment: Payment, kind: OrderKind, amount_minor: int | None) -> int:
    """`amount_minor`, or if it is None all that is left; raises OperatorError where that cannot be ordered now."""
    held = payment.state is PaymentState.HELD
    if not held and (kind is OrderKind.RELEASE or payment.state not in PAID):
        raise OperatorError(f"the payment is {payment.state.value}: there is nothing to {kind.value}")
    left_minor = payment.refundable_minor
    if not left_minor:
        raise OperatorError("all of it was refunded: there is nothing left")
    if amount_minor is None:
        return left_minor
    if not 0 < amount_minor <= left_minor:
        raise OperatorError(f"{told_amount(left_minor, payment.currency)} is left of it: ask for that or less")
    return amount_minor


def approve(turn: Turn, turns: PaymentTurns, order_id: str, by: str, key: Ed25519PrivateKey) -> bool:
    """Carries the order out, once: False if it was before. Raises OperatorError, and then nothing is to be committed.

    All within the turn's transaction, which must be new: it takes its locks in the order of all workers.
    """
    row = _need_locked(turn.connection, order_id)
    order = read(row)
    signature = operators.prove(turn.connection, by, key, answering(order, Answer.APPROVE, by, turn.now_ms))
    if row.state == DONE:
        return False
    if row.state != ASKED:
        raise OperatorError(f"order {order_id} was {row.state} by {row.answered_by}")
    if by == order.asked_by:
        raise OperatorError(WHY_NOT[Reason.SAME_PERSON])
    if turn.now_ms - order.asked_at_ms > VALID_MS:
        raise OperatorError(f"order {order_id} was asked for at {iso(order.asked_at_ms)}: too long ago, ask anew")
    if operators.need(turn.connection, order.asked_by).status != operators.ACTIVE:
        raise OperatorError(f"{order.asked_by}, who asked for it, is no operator any more: reject it, and ask anew")
    if not is_asked(turn.connection, row):
        raise OperatorError(f"order {order_id} is not as {order.asked_by} signed it: reject it, and find out why")
    reason = turns.order(turn, order.payment_id, _event(order, by, turn.now_ms))
    if reason is not None:
        raise OperatorError(WHY_NOT.get(reason, reason.value.replace("_", " ")))
    _answer(turn.connection, order_id, DONE, by, turn.now_ms, signature)
    return True


def reject(connection: Connection, order_id: str, by: str, key: Ed25519PrivateKey, now_ms: int) -> None:
    """Ends an order that nobody approved; whoever asked for it may as well. Raises OperatorError."""
    row = _need_locked(connection, order_id)
    signature = operators.prove(connection, by, key, answering(read(row), Answer.REJECT, by, now_ms))
    if row.state != ASKED:
        raise OperatorError(f"order {order_id} was {row.state} by {row.answered_by}")
    _answer(connection, order_id, REJECTED, by, now_ms, signature)


def list_orders(
    connection: Connection, limit: int, state: str | None = None, payment_id: str | None = None
) -> list[dict[str, Any]]:
    """The newest orders, newest first; plain data."""
    chosen = select(orders).order_by(orders.c.asked_at_ms.desc(), orders.c.order_id).limit(limit)
    if state is not None:
        chosen = chosen.where(orders.c.state == state)
    if payment_id is not None:
        chosen = chosen.where(orders.c.payment_id == payment_id)
    return [
        {
            "order": row.order_id,
            "state": row.state,
            "kind": row.kind,
            "amount": told_amount(row.amount_minor, row.currency),
            "payment": row.payment_id,
            "reason": row.reason,
            "asked_by": row.asked_by,
            "asked_at": iso(row.asked_at_ms),
            "answered_by": row.answered_by,
            "answered_at": iso(row.answered_at_ms),
        }
        for row in connection.execute(chosen)
    ]


def read(row: Row[Any]) -> AskedOrder:
    """What the row says was asked for."""
    return AskedOrder(**{name: getattr(row, name) for name in _SAID if name != "kind"}, kind=OrderKind(row.kind))


def is_asked(connection: Connection, row: Row[Any]) -> bool:
    """Whether whoever is said to have asked for it has signed exactly this."""
    asked_by = operators.need(connection, row.asked_by)
    return operators.holds(asked_by.public_key, row.asked_signature, asking(read(row)))


def is_answered(connection: Connection, row: Row[Any], answer: Answer) -> bool:
    """Whether another person has signed this answer to exactly this."""
    if row.answered_by is None or (answer is Answer.APPROVE and row.answered_by == row.asked_by):
        return False
    statement = answering(read(row), answer, row.answered_by, row.answered_at_ms)
    return operators.holds(
        operators.need(connection, row.answered_by).public_key, row.answered_signature or b"", statement
    )


def _need_locked(connection: Connection, order_id: str) -> Row[Any]:
    """The order, once nobody else steps its payment or answers it; nobody will until the transaction ends."""
    this = select(orders).where(orders.c.order_id == order_id)
    row = connection.execute(this).one_or_none()
    if row is None:
        raise OperatorError(f"there is no order {order_id}: `order list` shows what there is")
    payments.find_to_change(connection, row.payment_id)
    return connection.execute(this).one()


def _event(order: AskedOrder, approved_by: str, now_ms: int) -> Order:
    ordered = ReleaseOrdered if order.kind is OrderKind.RELEASE else RefundOrdered
    return ordered(
        order_id=order.order_id,
        by=TwoPeople(asked_by=order.asked_by, approved_by=approved_by, why=order.reason),
        amount_minor=order.amount_minor,
        currency=order.currency,
        given_at_ms=now_ms,
    )


def _answer(connection: Connection, order_id: str, state: str, by: str, at_ms: int, signature: bytes) -> None:
    values = {"state": state, "answered_by": by, "answered_at_ms": at_ms, "answered_signature": signature}
    connection.execute(update(orders).where(orders.c.order_id == order_id).values(**values))
