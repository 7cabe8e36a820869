"""The payer lets the money be frozen for longer: so often as the policy says, and never back from behind the expiry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow.hold import HoldTerms, extended
from server_mqtt.flow.effects import Post
from server_mqtt.flow.events import Compared, Extended, HoldExpired, TerminalAppeared, TimerKind
from server_mqtt.flow.states import Payment
from tests.server_mqtt.flow.cast import POLICY, SECOND_STALL, STALL, TILL, VERIFIED, terminal, with_party
from tests.server_mqtt.flow.world import World, held, steps

EXTEND = Extended(device=TILL)


def _expires_at_ms(payment: Payment) -> int:
    assert payment.hold is not None
    return payment.hold.expires_at_ms


def test_the_expiry_moves_its_timers_move_and_both_are_told() -> None:
    world = held()
    before_ms = _expires_at_ms(world.it)
    decision = world.do(EXTEND)
    assert steps(decision) == ["hold_extension"]
    assert not [effect for effect in decision.effects if isinstance(effect, Post)]
    after_ms = before_ms + POLICY.hold_extension_ms
    assert _expires_at_ms(world.it) == world.timers[TimerKind.HOLD_EXPIRY].due_at_ms == after_ms
    assert world.timers[TimerKind.HOLD_NOTICE].due_at_ms == after_ms - POLICY.hold_notice_ms
    for device in (TILL, STALL):
        told = world.told(device)
        assert told.state is PaymentState.HELD
        assert told.hold is not None
        assert told.hold.expires_in_ms == after_ms - world.now_ms


def test_the_old_expiry_ends_nothing_any_more_the_new_one_does() -> None:
    world = held()
    before_ms = _expires_at_ms(world.it)
    world.do(EXTEND)
    world.now_ms = before_ms
    world.do(HoldExpired())
    assert world.state is PaymentState.HELD
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert (world.state, world.it.reason) == (PaymentState.REFUNDED, Reason.HOLD_EXPIRED)


def test_a_notice_that_was_given_is_given_again_before_the_new_expiry() -> None:
    world = held()
    world.let_due(TimerKind.HOLD_NOTICE)
    world.do(EXTEND)
    told = world.told(TILL)
    assert told.hold is not None
    assert not told.hold.expires_soon
    world.let_due(TimerKind.HOLD_NOTICE)
    told = world.told(TILL)
    assert told.hold is not None
    assert told.hold.expires_soon


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_no_more_often_than_the_policy_says(allowed: int) -> None:
    world = held(World(policy=replace(POLICY, hold_extensions=allowed)))
    for _ in range(allowed):
        world.do(EXTEND)
    before = world.it
    assert world.refused(EXTEND) is Reason.EXTENSIONS_USED_UP
    assert world.it == before


def test_who_comes_at_the_expiry_comes_too_late() -> None:
    world = held()
    world.now_ms = _expires_at_ms(world.it)
    assert world.refused(EXTEND) is Reason.TOO_LATE
    world.do(HoldExpired())
    assert world.refused(EXTEND) is Reason.NOT_NOW
    assert world.state is PaymentState.REFUNDED


@pytest.mark.parametrize("device", [STALL, "stranger-1"])
def test_nobody_but_the_payer_extends(device: str) -> None:
    world = held()
    assert world.refused(Extended(device=device)) is Reason.NOT_YOUR_PAYMENT


def test_a_terminal_that_is_the_payer_s_no_more_extends_nothing_its_successor_does() -> None:
    world = held()
    world.payer = with_party(world.payer, terminals=(terminal(SECOND_STALL),))
    assert world.refused(EXTEND) is Reason.NOT_YOUR_PAYMENT
    assert steps(world.do(Extended(device=SECOND_STALL))) == ["hold_extension"]


def test_an_extension_disturbs_no_release_that_is_under_way() -> None:
    world = held()
    world.do(TerminalAppeared(device=STALL))
    asked = world.open
    world.do(world.answer())
    world.do(EXTEND)
    world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED))
    assert world.state is PaymentState.RELEASED
    assert world.refused(EXTEND) is Reason.NOT_NOW


@given(expires_at_ms=st.integers(10**12, 10**13), by_ms=st.integers(1_000, 10**10), notice_ms=st.integers(1, 10**10))
def test_the_notice_comes_between_the_old_expiry_and_the_new_one(
    expires_at_ms: int, by_ms: int, notice_ms: int
) -> None:
    terms = HoldTerms(reason=Reason.PAYEE_RISKY, began_at_ms=0, expires_at_ms=expires_at_ms, noticed=True)
    longer = extended(terms, by_ms, notice_ms)
    assert longer.expires_at_ms == expires_at_ms + by_ms
    assert longer.notice_at_ms is not None
    assert expires_at_ms < longer.notice_at_ms <= longer.expires_at_ms
    assert (longer.noticed, longer.extended) == (False, 1)
