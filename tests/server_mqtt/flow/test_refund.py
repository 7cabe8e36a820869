"""The end of a hold: never early, exactly one of release and refund."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import FirstInstruction, PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.effects import Post
from server_mqtt.flow.events import (
    Compared,
    HoldExpired,
    HoldNotice,
    PresetTimeOver,
    Queried,
    TerminalAppeared,
    TimerKind,
)
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    FUNDS_MINOR,
    PAYER,
    PAYMENT,
    POLICY,
    REJECTED,
    SECOND_STALL,
    STALL,
    TILL,
    VERIFIED,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, held, only, steps

# --- the end of the hold ---


def test_an_expired_hold_is_refunded() -> None:
    world = held()
    decision = world.let_due(TimerKind.HOLD_EXPIRY)
    assert steps(decision) == ["refund"]
    assert only(decision, Post).entry == movements.refund(PAYMENT, PAYER, "EUR", AMOUNT_MINOR)
    assert (world.state, world.it.reason) == (PaymentState.REFUNDED, Reason.HOLD_EXPIRED)
    assert world.money == (FUNDS_MINOR, 0, 0)
    assert world.timers == {}
    for device in (TILL, STALL):
        assert (world.told(device).state, world.told(device).reason) == (PaymentState.REFUNDED, Reason.HOLD_EXPIRED)


@pytest.mark.fault(35)
def test_no_hold_expires_early() -> None:
    world = held()
    timer = world.timers.pop(TimerKind.HOLD_EXPIRY)
    world.now_ms = timer.due_at_ms - 1
    before = world.it
    assert world.do(HoldExpired()).effects == (timer,)
    assert world.it == before


@pytest.mark.fault(35)
def test_a_day_before_the_end_both_are_told_once_and_never_early() -> None:
    world = held()
    timer = world.timers.pop(TimerKind.HOLD_NOTICE)
    assert world.it.hold is not None
    assert timer.due_at_ms == world.it.hold.expires_at_ms - world.policy.hold_notice_ms
    world.now_ms = timer.due_at_ms - 1
    assert world.do(HoldNotice()).effects == (timer,)
    world.payee = with_party(world.payee, terminals=(terminal(STALL), terminal(SECOND_STALL)))
    before = world.it
    decision = world.let_due(TimerKind.HOLD_NOTICE)
    assert steps(decision) == ["hold_notice"]
    assert world.it.revision > before.revision
    for device in (TILL, STALL, SECOND_STALL):
        told = world.told(device)
        assert (told.state, told.revision) == (PaymentState.HELD, world.it.revision)
        assert told.hold is not None
        assert (told.hold.expires_soon, told.hold.expires_in_ms) == (True, world.policy.hold_notice_ms)
    assert world.refused(HoldNotice()) is Reason.NOT_NOW
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert world.state is PaymentState.REFUNDED


def test_a_notice_disturbs_no_release_that_is_under_way() -> None:
    world = held()
    world.now_ms = world.timers[TimerKind.HOLD_NOTICE].due_at_ms
    world.do(TerminalAppeared(device=STALL))
    asked = world.open
    world.do(world.answer())
    world.do(HoldNotice())
    world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED))
    assert world.state is PaymentState.RELEASED


def test_a_short_hold_ends_without_a_notice() -> None:
    world = held(World(policy=replace(POLICY, hold_expiry_ms=POLICY.hold_notice_ms)))
    assert TimerKind.HOLD_NOTICE not in world.timers
    assert world.refused(HoldNotice()) is Reason.NOT_NOW


def test_a_release_instruction_does_not_outlast_the_hold() -> None:
    world = held()
    assert world.it.hold is not None
    world.now_ms = world.it.hold.expires_at_ms - 4_000
    world.do(TerminalAppeared(device=STALL))
    assert world.open.deadline_ms == world.it.hold.expires_at_ms
    assert world.heard(STALL, FirstInstruction)[-1].preset_time_ms == 4_000


def test_what_is_left_of_a_hold_is_told_and_is_never_less_than_nothing() -> None:
    world = held()
    for later_ms, left_ms in ((1_000, world.policy.hold_expiry_ms - 1_000), (world.policy.hold_expiry_ms, 0)):
        world.now_ms += later_ms
        world.do(Queried(device=TILL))
        told = world.told(TILL)
        assert told.hold is not None
        assert told.hold.expires_in_ms == left_ms


@pytest.mark.fault(66)
@pytest.mark.parametrize(("finding", "state"), [(VERIFIED, PaymentState.RELEASED), (REJECTED, PaymentState.REFUNDED)])
def test_an_answer_before_the_expiry_decides_and_exactly_one_of_both_happens(finding: Any, state: PaymentState) -> None:
    world = held()
    assert world.it.hold is not None
    world.now_ms = world.it.hold.expires_at_ms - 2_000
    world.do(TerminalAppeared(device=STALL))
    asked = world.open
    world.do(world.answer())
    world.now_ms = world.it.hold.expires_at_ms + 1_000
    assert world.refused(PresetTimeOver(instruction_id=asked.instruction_id)) is Reason.NOT_NOW
    assert world.refused(HoldExpired()) is Reason.NOT_NOW
    world.do(Compared(instruction_id=asked.instruction_id, finding=finding))
    assert world.state is state
    assert world.refused(HoldExpired()) is Reason.NOT_NOW
    assert [entry.kind.value for entry in world.journal] == ["hold", {"released": "release"}.get(state, "refund")]
    assert world.money[2] == 0


def test_a_failure_at_the_very_end_of_the_hold_is_followed_by_the_refund_and_by_no_attempt() -> None:
    for past_ms, state in ((-1, PaymentState.HELD), (0, PaymentState.REFUNDED)):
        world = held()
        assert world.it.hold is not None
        world.now_ms = world.it.hold.expires_at_ms - 2_000
        world.do(TerminalAppeared(device=STALL))
        asked = world.open
        world.do(world.answer())
        world.now_ms = world.it.hold.expires_at_ms + past_ms
        world.do(Compared(instruction_id=asked.instruction_id, finding=REJECTED))
        assert world.state is state


def test_money_goes_back_even_to_a_blocked_payer_and_from_a_payee_that_is_gone() -> None:
    world = held()
    world.payer = with_party(world.payer, active=False)
    world.payee, world.listing = None, None
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert (world.state, world.money) == (PaymentState.REFUNDED, (FUNDS_MINOR, 0, 0))
    assert world.told(STALL).state is PaymentState.REFUNDED
