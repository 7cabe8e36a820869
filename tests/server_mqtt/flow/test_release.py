"""While money is held: when the payee is asked, what releases it, and when it goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import CaptureOutcome, FirstInstruction, PaymentState, PaymentStatus, Purpose
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.effects import Post, Send
from server_mqtt.flow.events import (
    Compared,
    Event,
    Refused,
    ResendDue,
    Stopped,
    TerminalAppeared,
    TimerKind,
)
from server_mqtt.verification.policy import payee_time_ms
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    BOTH,
    FUNDS_MINOR,
    PAYEE,
    PAYMENT,
    REJECTED,
    SECOND_STALL,
    STALL,
    STRANGER,
    TILL,
    VERIFIED,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, effects, held, only, steps

MINUTE_MS = 60_000
LEFT_MINOR = FUNDS_MINOR - AMOUNT_MINOR


def _asked() -> World:
    world = held()
    world.let_due(TimerKind.RESEND)
    return world


def _paused_ms(world: World) -> int:
    return world.timers[TimerKind.RESEND].due_at_ms - world.now_ms


# --- asking ---


def test_the_payee_is_asked_again_for_a_release() -> None:
    world = held()
    decision = world.let_due(TimerKind.RESEND)
    assert steps(decision) == ["release_instruction"]
    body = world.heard(STALL, FirstInstruction)[-1]
    assert (body.purpose, body.attempt, body.previous_reason) == (Purpose.RELEASE, 1, None)
    assert body.preset_time_ms == payee_time_ms(world.policy, BOTH)
    assert set(world.timers) == {TimerKind.PRESET_TIME, TimerKind.HOLD_EXPIRY, TimerKind.HOLD_NOTICE}
    assert world.state is PaymentState.HELD


def test_the_pauses_grow_and_every_instruction_is_new() -> None:
    world = held()
    pauses, seen = [_paused_ms(world)], set()
    for _ in range(5):
        world.let_due(TimerKind.RESEND)
        seen |= {world.open.instruction_id, world.open.nonce}
        world.let_due(TimerKind.PRESET_TIME)
        assert world.it.open is None
        pauses.append(_paused_ms(world))
    assert pauses == [30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS, 60 * MINUTE_MS, 60 * MINUTE_MS]
    assert len(seen) == 10


def test_a_terminal_that_appears_is_asked_at_once() -> None:
    world = held()
    world.now_ms += 1_000
    world.do(TerminalAppeared(device=STALL))
    assert world.open.issued_at_ms == world.now_ms
    assert TimerKind.RESEND not in world.timers


def test_what_may_never_have_reached_a_terminal_is_asked_anew_with_the_attempts_that_are_left() -> None:
    world = _asked()
    world.show(REJECTED)
    before = world.open
    world.now_ms += 7_000
    world.do(TerminalAppeared(device=STALL))
    assert world.open.instruction_id != before.instruction_id
    assert (world.open.attempt, world.open.rejected) == (2, True)
    assert world.open.deadline_ms == world.now_ms + payee_time_ms(world.policy, BOTH)
    assert world.timers[TimerKind.PRESET_TIME].subject == world.open.instruction_id


@pytest.mark.fault(70)
def test_coming_and_going_gives_nobody_more_attempts() -> None:
    world = _asked()
    tries = 0
    for _ in range(20):
        if world.it.open is not None:
            world.show(REJECTED)
            tries += 1
        world.do(TerminalAppeared(device=STALL))
    assert tries == world.policy.attempts
    assert world.it.hold is not None
    assert world.it.hold.paused


def test_a_terminal_that_appears_while_an_answer_is_compared_waits() -> None:
    world = _asked()
    world.do(world.answer())
    assert world.refused(TerminalAppeared(device=STALL)) is Reason.NOT_NOW


def test_another_accounts_terminal_changes_nothing() -> None:
    world = held()
    assert world.refused(TerminalAppeared(device=STRANGER)) is Reason.NOT_YOUR_PAYMENT
    world.payee = None
    assert world.refused(TerminalAppeared(device=STALL)) is Reason.NOT_YOUR_PAYMENT


def test_one_instruction_at_a_time() -> None:
    world = _asked()
    assert world.refused(ResendDue()) is Reason.NOT_NOW


def _paused_once() -> World:
    world = _asked()
    world.let_due(TimerKind.PRESET_TIME)
    return world


@pytest.mark.parametrize("before", [held, _asked, _paused_once])
@pytest.mark.parametrize("late_ms", [0, MINUTE_MS])
@pytest.mark.parametrize("event", [ResendDue(), TerminalAppeared(device=STALL)])
def test_nobody_is_asked_once_the_hold_has_expired(before: Callable[[], World], late_ms: int, event: Event) -> None:
    """Its timer refunds: a server that was off finds everything due at once."""
    world = before()
    world.now_ms = world.timers[TimerKind.HOLD_EXPIRY].due_at_ms + late_ms
    assert world.refused(event) is Reason.NOT_NOW


@pytest.mark.parametrize(
    "change",
    [
        lambda world: setattr(world, "payee", with_party(world.payee, active=False)),
        lambda world: setattr(world, "payee", with_party(world.payee, enrolled=())),
        lambda world: setattr(world, "payee", with_party(world.payee, terminals=())),
        lambda world: setattr(world, "listing", None),
    ],
)
def test_who_cannot_be_asked_now_is_asked_later(change: Any) -> None:
    world = held()
    payee, listing = world.payee, world.listing
    change(world)
    world.let_due(TimerKind.RESEND)
    assert world.it.open is None
    assert _paused_ms(world) == 2 * MINUTE_MS
    world.payee, world.listing = payee, listing
    world.do(TerminalAppeared(device=STALL))
    assert world.open.purpose is Purpose.RELEASE


# --- releasing ---


def test_a_verification_begun_after_the_hold_releases() -> None:
    world = _asked()
    decision = world.show(VERIFIED)
    assert steps(decision) == ["first_verification", "release"]
    assert only(decision, Post).entry == movements.release(PAYMENT, PAYEE, "EUR", AMOUNT_MINOR)
    assert (world.state, world.money) == (PaymentState.RELEASED, (LEFT_MINOR, AMOUNT_MINOR, 0))
    assert world.timers == {}
    for device in (TILL, STALL):
        assert (world.told(device).state, world.told(device).hold) == (PaymentState.RELEASED, None)


def test_a_risky_payee_verified_before_the_hold_is_not_released_by_that() -> None:
    world = World()
    world.history = replace(world.history, marked=True)
    first = world.until(PaymentState.AWAITING_PAYEE).open
    world.show()
    world.show()
    assert world.state is PaymentState.HELD
    before = world.it
    world.do(Compared(instruction_id=first.instruction_id, finding=VERIFIED))
    assert world.it == before


def test_all_terminals_that_heard_of_the_hold_hear_of_its_end() -> None:
    world = World()
    world.payee = with_party(world.payee, terminals=(terminal(STALL), terminal(SECOND_STALL, online=False)))
    world.until(PaymentState.HELD)
    world.payee = with_party(world.payee, terminals=(terminal(STALL),))
    world.let_due(TimerKind.RESEND)
    world.show()
    assert world.told(SECOND_STALL).state is PaymentState.RELEASED


def test_failed_attempts_leave_it_held_and_the_pause_holds() -> None:
    world = _asked()
    decision = world.fail(3)
    assert (world.state, world.money) == (PaymentState.HELD, (LEFT_MINOR, 0, AMOUNT_MINOR))
    assert _paused_ms(world) == 2 * MINUTE_MS
    assert TimerKind.PRESET_TIME not in world.timers
    told = [send for send in effects(decision, Send) if isinstance(send.body, PaymentStatus)]
    assert [send.device for send in told] == [STALL]
    assert world.refused(TerminalAppeared(device=STALL)) is Reason.NOT_NOW
    world.let_due(TimerKind.RESEND)
    assert (world.open.attempt, world.open.rejected) == (1, False)
    world.show()
    assert world.state is PaymentState.RELEASED


def test_an_unanswered_release_does_not_keep_a_terminal_waiting_that_appears() -> None:
    world = _asked()
    world.let_due(TimerKind.PRESET_TIME)
    world.do(TerminalAppeared(device=STALL))
    assert world.open.purpose is Purpose.RELEASE


def test_a_failure_is_forgotten_once_the_payee_was_asked_again() -> None:
    world = _asked()
    world.fail(3)
    world.let_due(TimerKind.RESEND)
    world.let_due(TimerKind.PRESET_TIME)
    world.do(TerminalAppeared(device=STALL))
    assert world.open.purpose is Purpose.RELEASE


def test_a_failed_sensor_is_no_failure_of_the_payee() -> None:
    world = _asked()
    for _ in range(3):
        world.do(world.answer(outcome=CaptureOutcome.SENSOR_FAILED))
    assert world.it.open is None
    world.do(TerminalAppeared(device=STALL))
    assert world.open.attempt == 1


@pytest.mark.parametrize("blocked", [True, False])
def test_who_may_not_be_paid_any_more_is_not_released_to(blocked: bool) -> None:
    world = _asked()
    payee = world.payee
    if blocked:
        world.payee = with_party(world.payee, active=False)
    else:
        world.listing = None
    decision = world.show(VERIFIED)
    assert effects(decision, Post) == []
    assert world.told(STALL).state is PaymentState.HELD
    world.payee, world.listing = payee, World().listing
    world.let_due(TimerKind.RESEND)
    world.show(VERIFIED)
    assert world.state is PaymentState.RELEASED


# --- either end says no ---


def test_a_payee_who_does_not_want_to_now_is_asked_later() -> None:
    world = _asked()
    decision = world.do(Refused(device=STALL))
    assert steps(decision) == ["payee_refusal"]
    assert (world.state, world.it.open) == (PaymentState.HELD, None)
    assert _paused_ms(world) == 2 * MINUTE_MS
    assert world.refused(TerminalAppeared(device=STALL)) is Reason.NOT_NOW


def test_there_is_nothing_to_refuse_between_two_instructions_or_once_answered() -> None:
    world = held()
    assert world.refused(Refused(device=STALL)) is Reason.NOT_NOW
    world.let_due(TimerKind.RESEND)
    world.do(world.answer())
    assert world.refused(Refused(device=STALL)) is Reason.NOT_NOW


def test_the_payer_cannot_stop_any_more() -> None:
    assert held().refused(Stopped(device=TILL)) is Reason.NOT_NOW
