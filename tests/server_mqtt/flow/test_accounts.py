"""An account is blocked or closed in mid-payment, at either end, in every state: the money is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import PaymentState, SecondInstruction
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.events import Compared, Refused, TimerKind
from server_mqtt.flow.states import FINAL
from server_mqtt.verification.finding import Finding
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, FUNDS_MINOR, REJECTED, STALL, TILL, VERIFIED
from tests.server_mqtt.flow.world import World, steps, verdict

HERS = (FUNDS_MINOR, 0, 0)
"""The money of payer, payee and escrow before anything moved, and after it came back."""

HIS = (FUNDS_MINOR - AMOUNT_MINOR, AMOUNT_MINOR, 0)
FROZEN = (FUNDS_MINOR - AMOUNT_MINOR, 0, AMOUNT_MINOR)


def block_payer(world: World) -> None:
    world.payer = world.payer and replace(world.payer, active=False)


def block_payee(world: World) -> None:
    world.payee = world.payee and replace(world.payee, active=False)


def close_payer(world: World) -> None:
    world.payer = None


def close_payee(world: World) -> None:
    world.payee = None


def unlist(world: World) -> None:
    world.listing = None


Change = Callable[[World], None]
PAYEES: Final[dict[Change, Reason]] = {
    block_payee: Reason.ACCOUNT_BLOCKED,
    close_payee: Reason.UNKNOWN_PAYEE,
    unlist: Reason.UNKNOWN_PAYEE,
}
PAYERS: Final = (block_payer, close_payer)


def _answered(world: World, change: Change) -> None:
    """An answer is being compared while `change` happens; it is the right person's."""
    instruction_id = world.open.instruction_id
    world.do(world.answer())
    change(world)
    world.do(Compared(instruction_id=instruction_id, finding=VERIFIED))


# --- awaiting the payee ---


@pytest.mark.parametrize("change", PAYEES)
@pytest.mark.parametrize("answered", [True, False])
def test_a_payee_who_may_not_be_paid_any_more_is_refused_before_the_payer_is_asked(
    change: Change, answered: bool
) -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    if answered:
        _answered(world, change)
    else:
        change(world)
        world.let_due(TimerKind.PRESET_TIME)
    assert verdict(world) == (Verdict.REFUSED, PAYEES[change])
    assert (world.state, world.it.reason, world.money) == (PaymentState.DECLINED, PAYEES[change], HERS)
    told = world.told(TILL).first_result
    assert told is not None
    assert told.verdict is Verdict.REFUSED
    assert world.heard(TILL, SecondInstruction) == []


@pytest.mark.parametrize("change", PAYERS)
def test_a_payer_who_may_not_pay_any_more_is_not_asked(change: Change) -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    change(world)
    world.show(VERIFIED)
    assert verdict(world) == (Verdict.VERIFIED, None)
    assert (world.state, world.it.reason, world.money) == (PaymentState.DECLINED, Reason.ACCOUNT_BLOCKED, HERS)
    assert world.heard(TILL, SecondInstruction) == []


# --- awaiting the payer ---


@pytest.mark.parametrize("change", [*PAYEES, *PAYERS])
@pytest.mark.parametrize("held", [True, False])
def test_before_money_moves_everything_is_looked_at_again(change: Change, held: bool) -> None:
    world = World()
    world.request()
    world.fail(3) if held else world.show(VERIFIED)
    _answered(world, change)
    assert (world.state, world.money) == (PaymentState.DECLINED, HERS)
    assert world.it.reason in (Reason.ACCOUNT_BLOCKED, Reason.UNKNOWN_PAYEE)


def test_the_verdict_that_the_payer_was_told_stays_what_it_was_when_the_payee_refuses_later() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    world.do(Refused(device=STALL))
    assert verdict(world) == (Verdict.VERIFIED, None)
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYEE_REFUSED)


# --- held ---


@pytest.mark.parametrize("change", [block_payee, unlist])
def test_frozen_money_of_a_blocked_payee_stays_frozen_and_goes_back_in_the_end(change: Change) -> None:
    world = World().until(PaymentState.HELD)
    change(world)
    world.let_due(TimerKind.RESEND)
    assert (world.state, world.it.open, world.money) == (PaymentState.HELD, None, FROZEN)
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert (world.state, world.it.reason, world.money) == (PaymentState.REFUNDED, Reason.HOLD_EXPIRED, HERS)


def test_frozen_money_of_a_payee_who_is_unblocked_in_time_is_theirs() -> None:
    world = World().until(PaymentState.HELD)
    payee = world.payee
    block_payee(world)
    world.let_due(TimerKind.RESEND)
    world.payee = payee
    world.let_due(TimerKind.RESEND)
    world.show(VERIFIED)
    assert (world.state, world.money) == (PaymentState.RELEASED, HIS)


def test_frozen_money_of_a_payee_whose_account_was_closed_goes_back_as_soon_as_that_is_seen() -> None:
    world = World().until(PaymentState.HELD)
    close_payee(world)
    decision = world.let_due(TimerKind.RESEND)
    assert steps(decision) == ["refund"]
    assert (world.state, world.it.reason, world.money) == (PaymentState.REFUNDED, Reason.PAYEE_CLOSED, HERS)
    assert world.told(TILL).reason is Reason.PAYEE_CLOSED
    assert world.timers == {}


def test_an_answer_that_is_compared_while_the_account_is_closed_releases_nothing() -> None:
    world = World().until(PaymentState.HELD)
    world.let_due(TimerKind.RESEND)
    _answered(world, close_payee)
    assert (world.state, world.it.reason, world.money) == (PaymentState.REFUNDED, Reason.PAYEE_CLOSED, HERS)


@pytest.mark.parametrize("change", PAYERS)
def test_who_agreed_has_paid_even_if_they_are_blocked_or_closed_since(change: Change) -> None:
    world = World().until(PaymentState.HELD)
    change(world)
    world.let_due(TimerKind.RESEND)
    world.show(VERIFIED)
    assert (world.state, world.money) == (PaymentState.RELEASED, HIS)


@pytest.mark.parametrize("change", PAYERS)
def test_a_refund_to_a_blocked_or_closed_account_is_on_its_books(change: Change) -> None:
    world = World().until(PaymentState.HELD)
    change(world)
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert (world.state, world.money) == (PaymentState.REFUNDED, HERS)


# --- whatever happens ---


@given(
    state=st.sampled_from(PaymentState),
    changes=st.lists(st.sampled_from([*PAYEES, *PAYERS]), min_size=1, max_size=3),
    finding=st.sampled_from((VERIFIED, REJECTED)),
    kinds=st.lists(st.sampled_from(TimerKind), max_size=6),
)
def test_every_payment_ends_and_no_money_is_lost_whatever_becomes_of_the_accounts(
    state: PaymentState, changes: list[Change], finding: Finding, kinds: list[TimerKind]
) -> None:
    world = World().until(state)
    if world.it.open is not None:
        world.do(world.answer())
        world.do(Compared(instruction_id=world.open.instruction_id, finding=finding))
    for change in changes:
        change(world)
    for kind in kinds:
        if kind in world.timers:
            world.let_due(kind)
    while world.timers:
        world.let_due(min(world.timers, key=lambda one: world.timers[one].due_at_ms))
    assert world.state in FINAL
    paid = world.state in (PaymentState.SETTLED, PaymentState.RELEASED)
    assert world.money == (HIS if paid else HERS)
    if any(change in PAYEES for change in changes) and state not in FINAL and finding is REJECTED:
        assert not paid
