"""Money that was ordered: only as ordered, only by two people, only once. Anything else stops the worker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Post
from server_mqtt.flow.invariants import FlowInvariantError, check
from server_mqtt.flow.orders import Order, TwoPeople, carried_out
from server_mqtt.flow.states import Payment
from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Entry
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, PAYEE, PAYER, PAYMENT, refund_order, release_order
from tests.server_mqtt.flow.world import World, held

PART, REST = 400, AMOUNT_MINOR - 400
EVERYWHERE = tuple(PaymentState)
RELEASE = release_order(1, PART, 1)
REFUND = refund_order(2, PART, 1)
ALONE = TwoPeople(asked_by="olga", approved_by="olga", why="I may")
SILENT = TwoPeople(asked_by="olga", approved_by="omar", why=" ")


def _release(amount_minor: int = PART) -> Entry:
    return movements.release(PAYMENT, PAYEE, "EUR", amount_minor)


def _refund(amount_minor: int = PART) -> Entry:
    return movements.refund(PAYMENT, PAYER, "EUR", amount_minor)


def _return(amount_minor: int = PART) -> Entry:
    return entries.give_back(PAYMENT, PAYER, PAYEE, "EUR", amount_minor)


def _check(before: Payment, order: Order | None, *posted: Entry, **changes: Any) -> None:
    orders = before.orders if order is None else (*before.orders, carried_out(order))
    after = replace(before, **{"revision": before.revision + 1, "orders": orders, **changes})
    check(before, EVERYWHERE, Next(payment=after, effects=tuple(Post(entry=entry) for entry in posted)), order)


def test_what_was_ordered_may_be() -> None:
    _check(held().it, RELEASE, _release(), released_minor=PART)
    _check(held().it, REFUND, _refund(), refunded_minor=PART)
    _check(World().until(PaymentState.SETTLED).it, REFUND, _return(), refunded_minor=PART)


@pytest.mark.parametrize(
    ("order", "posted", "changes", "words"),
    [
        (None, _release(), {"released_minor": PART}, "without a verification begun after the hold"),
        (REFUND, _release(), {"released_minor": PART}, "without a verification begun after the hold"),
        (RELEASE, _refund(), {"refunded_minor": PART}, "refunded what nobody ordered"),
        (None, _refund(), {"refunded_minor": PART}, "refunded what nobody ordered"),
        (replace(RELEASE, by=ALONE), _release(), {"released_minor": PART}, "order of one person"),
        (replace(REFUND, by=ALONE), _refund(), {"refunded_minor": PART}, "order of one person"),
        (replace(RELEASE, by=SILENT), _release(), {"released_minor": PART}, "for no reason"),
        (replace(REFUND, by=SILENT), _refund(), {"refunded_minor": PART}, "for no reason"),
        (RELEASE, _release(PART + 1), {"released_minor": PART + 1}, "other money than was ordered"),
        (replace(RELEASE, currency="USD"), _release(), {"released_minor": PART}, "other money than was ordered"),
        (RELEASE, _release(), {"released_minor": PART, "orders": ()}, "kept no note of it"),
        (RELEASE, _release(), {}, "became held with the entries"),
        (RELEASE, _refund(), {"released_minor": PART}, "became held with the entries"),
        (RELEASE, _release(), {"released_minor": PART, "refunded_minor": 1}, "at once"),
        (RELEASE, _release(), {"released_minor": -PART}, "at once"),
        (RELEASE, _release(), {"released_minor": PART, "state": PaymentState.RELEASED}, "is released with"),
        (RELEASE, _release(), {"released_minor": AMOUNT_MINOR + 1}, "is held with -1 left"),
        (RELEASE, _release(), {"released_minor": AMOUNT_MINOR}, "is held with 0 left"),
    ],
)
def test_anything_else_may_not(order: Order | None, posted: Entry, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(FlowInvariantError, match=words):
        _check(held().it, order, posted, **changes)


def test_an_order_is_used_once() -> None:
    before = replace(held().it, orders=(carried_out(RELEASE),))
    with pytest.raises(FlowInvariantError, match="used up"):
        _check(before, RELEASE, _release(), released_minor=PART)


def test_a_hold_ends_as_what_became_of_it() -> None:
    rest = refund_order(3, REST, 1)
    before = replace(held().it, released_minor=PART)
    _check(before, rest, _refund(REST), refunded_minor=REST, state=PaymentState.RELEASED)
    with pytest.raises(FlowInvariantError, match="is refunded with 0 left"):
        _check(before, rest, _refund(REST), refunded_minor=REST, state=PaymentState.REFUNDED)


@pytest.mark.parametrize(
    "changes",
    [
        {"refunded_minor": PART, "state": PaymentState.REFUNDED},
        {"refunded_minor": PART, "reason": Reason.OPERATOR_REFUNDED},
        {"refunded_minor": 0},
    ],
)
def test_a_return_changes_nothing_else_of_what_is_over(changes: dict[str, Any]) -> None:
    with pytest.raises(FlowInvariantError):
        _check(World().until(PaymentState.SETTLED).it, REFUND, _return(), **changes)


def test_nothing_is_returned_of_what_was_not_paid_or_beyond_it() -> None:
    for state in (PaymentState.REFUNDED, PaymentState.DECLINED):
        before = replace(World().until(state).it, refunded_minor=0)
        with pytest.raises(FlowInvariantError):
            _check(before, REFUND, _return(), refunded_minor=PART)
    before = World().until(PaymentState.SETTLED).it
    order = refund_order(4, AMOUNT_MINOR + 1, 1)
    with pytest.raises(FlowInvariantError, match="refunded more than was paid"):
        _check(before, order, _return(AMOUNT_MINOR + 1), refunded_minor=AMOUNT_MINOR + 1)
    with pytest.raises(FlowInvariantError, match="changed after it was settled"):
        _check(before, release_order(5, 1, 1), _release(1), released_minor=1)
