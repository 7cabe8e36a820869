"""Money that was ordered: only as ordered, only by two people, only once. Anything else stops the worker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow import invariants
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Post
from server_mqtt.flow.events import TerminalAppeared
from server_mqtt.flow.invariants import FlowInvariantError, check
from server_mqtt.flow.orders import Order, TwoPeople, carried_out
from server_mqtt.flow.states import Payment
from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Entry
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, PAYEE, PAYER, PAYMENT, STALL, refund_order, release_order
from tests.server_mqtt.flow.world import World, held

PART, REST = 400, AMOUNT_MINOR - 400
EVERYWHERE = tuple(PaymentState)
RELEASE = release_order(1, PART, 1)
REFUND = refund_order(2, PART, 1)
NOT_OVER = "refunded what nobody ordered, before the hold was over"
OTHER_MONEY = "moved other money than was ordered"
NO_NOTE = "moved money by an order that is used up, or kept no note of it"
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
        (RELEASE, _refund(), {"refunded_minor": PART}, NOT_OVER),
        (None, _refund(), {"refunded_minor": PART}, NOT_OVER),
        (replace(RELEASE, by=ALONE), _release(), {"released_minor": PART}, "moved money by the order of one person"),
        (replace(REFUND, by=ALONE), _refund(), {"refunded_minor": PART}, "moved money by the order of one person"),
        (replace(RELEASE, by=SILENT), _release(), {"released_minor": PART}, "moved money for no reason"),
        (replace(REFUND, by=SILENT), _refund(), {"refunded_minor": PART}, "moved money for no reason"),
        (RELEASE, _release(PART + 1), {"released_minor": PART + 1}, OTHER_MONEY),
        (replace(RELEASE, currency="USD"), _release(), {"released_minor": PART}, OTHER_MONEY),
        (
            RELEASE,
            _release(),
            {"released_minor": PART, "orders": ()},
            "moved money by an order that is used up, or kept no note of it",
        ),
        (RELEASE, _release(), {}, "became held with the entries"),
        (RELEASE, _refund(), {"released_minor": PART}, "became held with the entries"),
        (RELEASE, _release(), {"released_minor": PART, "refunded_minor": 1}, "released 400 and refunded 1 at once"),
        (RELEASE, _release(), {"released_minor": -PART}, "released -400 and refunded 0 at once"),
        (
            RELEASE,
            _release(),
            {"released_minor": PART, "state": PaymentState.RELEASED},
            f"is released with {REST} left",
        ),
        (RELEASE, _release(), {"released_minor": AMOUNT_MINOR + 1}, "is held with -1 left"),
        (RELEASE, _release(), {"released_minor": AMOUNT_MINOR}, "is held with 0 left"),
    ],
)
def test_anything_else_may_not(order: Order | None, posted: Entry, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(FlowInvariantError, match=rf"{words}( \[.*\])?$"):
        _check(held().it, order, posted, **changes)


def test_an_order_is_used_once() -> None:
    before = replace(held().it, orders=(carried_out(RELEASE),))
    with pytest.raises(FlowInvariantError, match=r"moved money by an order that is used up, or kept no note of it$"):
        _check(before, RELEASE, _release(), released_minor=PART)


def test_a_hold_ends_as_what_became_of_it() -> None:
    rest = refund_order(3, REST, 1)
    before = replace(held().it, released_minor=PART)
    _check(before, rest, _refund(REST), refunded_minor=REST, state=PaymentState.RELEASED)
    with pytest.raises(FlowInvariantError, match=r"is refunded with 0 left$"):
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
    with pytest.raises(FlowInvariantError, match=r"refunded more than was paid$"):
        _check(before, order, _return(AMOUNT_MINOR + 1), refunded_minor=AMOUNT_MINOR + 1)
    with pytest.raises(FlowInvariantError, match=r"changed after it was settled$"):
        _check(before, release_order(5, 1, 1), _release(1), released_minor=1)


def test_a_return_may_tell_more_terminals_but_is_no_return_of_nothing() -> None:
    before = World().until(PaymentState.SETTLED).it
    _check(before, REFUND, _return(), refunded_minor=PART, payee_devices=(*before.payee_devices, "till-0011"))
    with pytest.raises(FlowInvariantError, match=r"changed after it was settled$"):
        _check(before, REFUND)


def test_a_release_begins_with_the_hold_at_the_earliest() -> None:
    world = held()
    world.do(TerminalAppeared(device=STALL))
    world.do(world.answer())
    before, asked, terms = world.it, world.open, world.it.hold
    assert terms is not None
    changes = {"released_minor": AMOUNT_MINOR, "state": PaymentState.RELEASED}
    _check(
        replace(before, open=replace(asked, issued_at_ms=terms.began_at_ms)), None, _release(AMOUNT_MINOR), **changes
    )
    with pytest.raises(FlowInvariantError, match=r"released without a verification begun after the hold$"):
        _check(replace(before, hold=None), None, _release(AMOUNT_MINOR), **changes)
    with pytest.raises(FlowInvariantError, match=rf"^payment {PAYMENT} released a part that nobody ordered$"):
        _check(before, None, _release(), released_minor=PART)


@pytest.mark.parametrize(
    ("state", "amount_minor", "reason"),
    [
        (PaymentState.REFUNDED, AMOUNT_MINOR, Reason.OPERATOR_REFUNDED),
        (PaymentState.HELD, PART, Reason.HOLD_EXPIRED),
    ],
)
def test_money_goes_back_unordered_at_the_end_of_a_hold_only(
    state: PaymentState, amount_minor: int, reason: Reason
) -> None:
    with pytest.raises(FlowInvariantError, match=rf"{NOT_OVER}$"):
        _check(held().it, None, _refund(amount_minor), state=state, refunded_minor=amount_minor, reason=reason)


def test_where_there_was_no_payment_nothing_was_begun_or_ordered() -> None:
    after = replace(held().it, orders=(carried_out(RELEASE),))
    with pytest.raises(FlowInvariantError, match=r"released without a verification begun after the hold$"):
        invariants._check_release(None, after, None)
    invariants._check_order(None, after, RELEASE, PART)
    invariants._check_order(None, replace(after, orders=(carried_out(REFUND),)), REFUND, PART)


def test_what_is_not_held_is_not_given_away() -> None:
    before = World().until(PaymentState.AWAITING_PAYER).it
    with pytest.raises(FlowInvariantError, match=r"gave away what was not held, as it was awaiting_payer$"):
        _check(before, REFUND, _return(), refunded_minor=PART)


def test_whether_the_payer_was_verified_is_looked_at_when_money_moves_and_not_again() -> None:
    before = replace(held().it, second_result=None)
    _check(before, None, payee_devices=())
