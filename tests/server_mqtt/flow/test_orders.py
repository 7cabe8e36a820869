"""Held and paid money that is moved by order: all of it or a part, once, never more than there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.effects import GiveReceipt, Post, Record
from server_mqtt.flow.events import Compared, HoldExpired, TerminalAppeared, TimerKind
from server_mqtt.flow.orders import Order, RefundOrdered, TwoPeople
from server_mqtt.ledger import entries
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    FUNDS_MINOR,
    PAYEE,
    PAYER,
    PAYMENT,
    STALL,
    TILL,
    VERIFIED,
    refund_order,
    release_order,
    with_party,
)
from tests.server_mqtt.flow.truths import check_books
from tests.server_mqtt.flow.world import World, effects, held, only, steps

PART, REST = 400, AMOUNT_MINOR - 400


def paid(state: PaymentState = PaymentState.SETTLED) -> World:
    return World().until(state)


def release(world: World, amount_minor: int, number: int = 1) -> Order:
    return release_order(number, amount_minor, world.now_ms)


def refund(world: World, amount_minor: int, number: int = 2) -> Order:
    return refund_order(number, amount_minor, world.now_ms)


# --- held money ---


def test_two_operators_release_a_hold_whole() -> None:
    world = held()
    decision = world.do(release(world, AMOUNT_MINOR))
    assert steps(decision) == ["ordered_release"]
    assert only(decision, Post).entry == movements.release(PAYMENT, PAYEE, "EUR", AMOUNT_MINOR)
    assert (world.state, world.it.reason, world.timers) == (PaymentState.RELEASED, Reason.OPERATOR_RELEASED, {})
    assert world.money == (FUNDS_MINOR - AMOUNT_MINOR, AMOUNT_MINOR, 0)
    detail = only(decision, Record).detail
    assert (detail["asked_by"], detail["approved_by"], detail["why"]) == ("olga", "omar", "the goods came back")
    assert len(effects(decision, GiveReceipt)) == 1
    for device in (TILL, STALL):
        assert (world.told(device).state, world.told(device).released_minor) == (PaymentState.RELEASED, AMOUNT_MINOR)


def test_two_operators_refund_a_hold_whole_even_to_a_blocked_payer() -> None:
    world = held()
    world.payer = with_party(world.payer, active=False)
    decision = world.do(refund(world, AMOUNT_MINOR))
    assert steps(decision) == ["ordered_refund"]
    assert (world.state, world.it.reason, world.timers) == (PaymentState.REFUNDED, Reason.OPERATOR_REFUNDED, {})
    assert world.money == (FUNDS_MINOR, 0, 0)
    assert len(effects(decision, GiveReceipt)) == 1


def test_a_part_leaves_the_rest_held_and_the_payee_still_asked() -> None:
    world = held()
    timers, reason = dict(world.timers), world.it.reason
    for order in (release(world, PART), refund(world, 100)):
        decision = world.do(order)
        assert len(effects(decision, GiveReceipt)) == 1
        assert (world.state, world.it.reason, world.timers) == (PaymentState.HELD, reason, timers)
    assert world.money == (FUNDS_MINOR - AMOUNT_MINOR + 100, PART, AMOUNT_MINOR - PART - 100)
    for device in (TILL, STALL):
        told = world.told(device)
        assert (told.released_minor, told.refunded_minor, told.amount_minor) == (PART, 100, AMOUNT_MINOR)
    world.let_due(TimerKind.RESEND)
    world.show()
    assert (world.state, world.it.reason) == (PaymentState.RELEASED, None)
    assert (world.it.released_minor, world.it.refunded_minor) == (AMOUNT_MINOR - 100, 100)
    assert world.money == (FUNDS_MINOR - AMOUNT_MINOR + 100, AMOUNT_MINOR - 100, 0)


def test_what_is_left_at_the_expiry_goes_back_and_a_payee_who_had_a_part_was_paid_it() -> None:
    for ordered, state in ((release, PaymentState.RELEASED), (refund, PaymentState.REFUNDED)):
        world = held()
        world.do(ordered(world, PART))
        world.let_due(TimerKind.HOLD_EXPIRY)
        assert (world.state, world.it.reason, world.it.held_minor) == (state, Reason.HOLD_EXPIRED, 0)
        check_books(world)


def test_what_is_left_after_a_release_can_be_ordered_back() -> None:
    world = held()
    world.do(release(world, PART))
    world.do(refund(world, REST))
    assert (world.state, world.it.reason) == (PaymentState.RELEASED, Reason.OPERATOR_REFUNDED)
    assert world.money == (FUNDS_MINOR - PART, PART, 0)


def test_an_order_does_not_wait_for_a_comparison() -> None:
    world = held()
    world.do(TerminalAppeared(device=STALL))
    asked = world.open
    world.do(world.answer())
    world.do(refund(world, AMOUNT_MINOR))
    assert world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED)).refusal is None
    assert (world.state, world.money[2]) == (PaymentState.REFUNDED, 0)


@pytest.mark.fault(66)
@pytest.mark.parametrize("early_ms", [1, 0, -1])
def test_an_order_and_the_expiry_have_one_outcome(early_ms: int) -> None:
    """What was approved before the expiry counts if it is heard first; what was approved later never does."""
    world = held()
    assert world.it.hold is not None
    expires_at_ms = world.it.hold.expires_at_ms
    order = release_order(1, AMOUNT_MINOR, expires_at_ms - early_ms)
    world.now_ms = expires_at_ms + 10
    refused = world.refused(order)
    assert refused is (None if early_ms > 0 else Reason.TOO_LATE)
    world.do(HoldExpired())
    assert world.state is (PaymentState.RELEASED if early_ms > 0 else PaymentState.REFUNDED)
    assert len(world.journal) == 2
    later = held()
    later.let_due(TimerKind.HOLD_EXPIRY)
    assert later.refused(release_order(1, AMOUNT_MINOR, expires_at_ms - early_ms)) is Reason.NOT_NOW


def test_a_payee_who_may_not_be_paid_is_not_paid_by_order() -> None:
    blocked, unlisted, closed = held(), held(), held()
    blocked.payee = with_party(blocked.payee, active=False)
    unlisted.listing = None
    closed.payee = None
    assert blocked.refused(release(blocked, PART)) is Reason.ACCOUNT_BLOCKED
    assert unlisted.refused(release(unlisted, PART)) is Reason.UNKNOWN_PAYEE
    assert closed.refused(release(closed, PART)) is Reason.UNKNOWN_PAYEE


# --- what no order does ---


@pytest.mark.parametrize("state", [PaymentState.HELD, PaymentState.SETTLED, PaymentState.RELEASED])
def test_what_is_wrong_with_an_order_is_said_first_things_first(state: PaymentState) -> None:
    world = paid(state)
    good = refund(world, PART)
    assert world.refused(good) is None
    alone = TwoPeople(asked_by="olga", approved_by="olga", why=" ")
    wrong = replace(good, currency="USD", amount_minor=AMOUNT_MINOR, by=alone)
    assert world.refused(wrong) is Reason.ID_REUSED
    wrong = replace(wrong, order_id="3" * 32)
    assert world.refused(wrong) is Reason.SAME_PERSON
    wrong = replace(wrong, by=replace(alone, approved_by="omar"))
    assert world.refused(wrong) is Reason.NO_REASON_GIVEN
    wrong = replace(wrong, by=replace(wrong.by, why="a mistake"))
    assert world.refused(wrong) is Reason.CURRENCY_NOT_HELD
    assert world.refused(refund(world, AMOUNT_MINOR, 3)) is Reason.MORE_THAN_IS_LEFT
    assert world.refused(refund(world, REST + 1, 3)) is Reason.MORE_THAN_IS_LEFT
    assert world.refused(refund(world, 0, 3)) is Reason.AMOUNT_ZERO
    assert world.refused(refund(world, REST, 3)) is None
    assert world.refused(refund(world, 1, 4)) is not None


@pytest.mark.fault(1)
@pytest.mark.parametrize("state", [PaymentState.HELD, PaymentState.SETTLED, PaymentState.RELEASED])
@pytest.mark.parametrize("amount_minor", [PART, AMOUNT_MINOR])
def test_the_same_order_again_changes_nothing_whatever_became_of_the_payment(
    state: PaymentState, amount_minor: int
) -> None:
    for ordered in (refund, release) if state is PaymentState.HELD else (refund,):
        world = paid(state)
        order = ordered(world, amount_minor)
        world.do(order)
        once, journal = world.it, list(world.journal)
        for _ in range(2):
            decision = world.do(order)
            assert (decision.refusal, decision.effects) == (None, ())
            assert (world.it, world.journal) == (once, journal)
        other = (release if isinstance(order, RefundOrdered) else refund)(world, amount_minor, 9)
        assert world.refused(replace(other, order_id=order.order_id)) in (Reason.ID_REUSED, Reason.NOT_NOW)
        assert world.journal == journal


# --- money that the payee was paid ---


@pytest.mark.parametrize("state", [PaymentState.SETTLED, PaymentState.RELEASED])
def test_a_paid_payment_is_refunded_in_parts_and_stays_what_it_is(state: PaymentState) -> None:
    world = paid(state)
    before = world.it
    for number, amount_minor in ((2, PART), (3, REST)):
        decision = world.do(refund(world, amount_minor, number))
        assert steps(decision) == ["return"]
        assert only(decision, Post).entry == entries.give_back(PAYMENT, PAYER, PAYEE, "EUR", amount_minor)
        assert len(effects(decision, GiveReceipt)) == 1
        for device in (TILL, STALL):
            assert (world.told(device).state, world.told(device).revision) == (state, world.it.revision)
    assert (world.state, world.it.reason, world.it.refunded_minor) == (state, before.reason, AMOUNT_MINOR)
    assert world.money == (FUNDS_MINOR, 0, 0)
    assert world.refused(refund(world, 1, 4)) is Reason.MORE_THAN_IS_LEFT
    check_books(world)


def test_a_payee_who_has_spent_it_cannot_give_it_back() -> None:
    world = paid()
    payee, outside = ("customer/" + PAYEE, "EUR"), ("outside/EUR", "EUR")
    world.balances[payee] -= REST + 1
    world.balances[outside] += REST + 1
    assert world.refused(refund(world, PART)) is Reason.PAYEE_SHORT_OF_FUNDS
    assert world.refused(refund(world, PART - 1)) is None


def test_nothing_goes_to_an_account_that_is_closed() -> None:
    world = paid()
    world.payer = None
    assert world.refused(refund(world, PART)) is Reason.UNKNOWN_PAYER


@pytest.mark.fault(67)
@pytest.mark.parametrize("state", [PaymentState.HELD, PaymentState.SETTLED, PaymentState.RELEASED])
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 30), st.sampled_from((1, 60, 400, 700, 1_250, 1_251))), max_size=100
    )
)
def test_however_often_it_is_asked_never_more_than_the_amount(
    state: PaymentState, asked: list[tuple[bool, int, int]]
) -> None:
    world = paid(state)
    done: dict[str, Order] = {}
    for release_it, number, amount_minor in asked:
        order = (release if release_it else refund)(world, amount_minor, number)
        before = world.it
        if world.refused(order) is None:
            grown = world.it.released_minor + world.it.refunded_minor - before.released_minor - before.refunded_minor
            assert grown == (0 if order.order_id in done else amount_minor)
            assert done.setdefault(order.order_id, order) == order
        else:
            assert world.it == before
        assert 0 <= world.it.refunded_minor <= AMOUNT_MINOR
        check_books(world)
