"""From the second instruction to the money: consent, the payer's verification, transfer or escrow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    PaymentState,
    Purpose,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import CountAttempt, Issue
from server_mqtt.flow.events import Compared, PresetTimeOver, Refused, Stopped, TimerKind
from server_mqtt.verification.policy import payer_time_ms
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    BOTH,
    FUNDS_MINOR,
    PAYEE,
    PAYER,
    PAYMENT,
    REJECTED,
    STALL,
    START_MS,
    TILL,
    VERIFIED,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, only, steps

AWAITING = PaymentState.AWAITING_PAYER
LEFT_MINOR = FUNDS_MINOR - AMOUNT_MINOR


def _asked(world: World | None = None) -> World:
    return (world or World()).until(AWAITING)


def _risky() -> World:
    world = World()
    world.history = replace(world.history, marked=True)
    return world


# --- second_instruction ---


def test_the_payer_is_told_the_first_result_and_asked_at_their_own_terminal() -> None:
    world = World()
    world.payer = with_party(world.payer, terminals=(terminal("till-0003"), terminal(TILL)))
    _asked(world)
    asked = world.open
    assert (asked.role, asked.purpose, asked.devices) == (Role.PAYER, Purpose.PAYMENT, (TILL,))
    assert asked.deadline_ms == START_MS + payer_time_ms(world.policy, BOTH)
    (body,) = world.heard(TILL, SecondInstruction)
    assert (body.payment_id, body.payee_account, body.payee_name) == (PAYMENT, PAYEE, "Corner Bakery")
    assert (body.amount_minor, body.currency, body.payer_name) == (AMOUNT_MINOR, "EUR", "Ada Price")
    assert (body.preset_time_ms, body.attempt, body.attempts) == (payer_time_ms(world.policy, BOTH), 1, 3)
    assert (body.first_result.verdict, body.hold) == (Verdict.VERIFIED, None)
    assert (body.nonce, body.challenge) == (asked.nonce, asked.challenge)


def test_both_presets_have_nonces_and_challenges_of_their_own() -> None:
    world = World()
    first = world.until(PaymentState.AWAITING_PAYEE).open
    world.show()
    assert world.open.nonce != first.nonce
    assert world.open.instruction_id != first.instruction_id
    assert world.open.challenge != first.challenge


# --- payer_capture ---


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": AMOUNT_MINOR - 1},
        {"payee_account": "20004472"},
        {"payee_name": "Corner Butchery"},
        {"currency": "USD"},
        {"first_verdict": Verdict.NOT_VERIFIED},
        {"held": True},
    ],
)
def test_consent_to_anything_else_changes_nothing(change: dict[str, Any]) -> None:
    world = _asked()
    values = {name: getattr(world.consent, name) for name in Consent.__struct_fields__} | change
    assert world.refused(world.answer(consent=Consent(**values))) is Reason.CONSENT_DIFFERS
    assert world.open.instruction_id not in world.attempts
    assert world.show().refusal is None
    assert world.state is PaymentState.SETTLED


def test_consent_to_a_hold_is_consent_to_a_hold() -> None:
    world = _asked(_risky())
    without = Consent(**{name: getattr(world.consent, name) for name in Consent.__struct_fields__} | {"held": False})
    assert world.consent.held
    assert world.refused(world.answer(consent=without)) is Reason.CONSENT_DIFFERS


def test_the_payers_attempt_is_counted_for_the_payer() -> None:
    world = _asked()
    count = only(world.do(world.answer()), CountAttempt)
    assert (count.role, count.account, count.device) == (Role.PAYER, PAYER, TILL)
    assert world.journal == []


def test_a_terminal_that_lost_the_account_has_no_part_any_more() -> None:
    world = _asked()
    world.payer = with_party(world.payer, terminals=())
    assert world.refused(world.answer()) is Reason.NOT_YOUR_PAYMENT


# --- second_verification ---


def test_a_failed_attempt_is_followed_by_another() -> None:
    world = _asked()
    first = world.open
    world.now_ms += 5_000
    decision = world.show(REJECTED)
    assert steps(decision) == ["second_verification", "second_instruction"]
    assert only(decision, Issue).instruction.deadline_ms == first.deadline_ms
    body = world.heard(TILL, SecondInstruction)[-1]
    assert (body.attempt, body.previous_reason) == (2, Reason.NOT_RECOGNISED)
    assert body.preset_time_ms == payer_time_ms(world.policy, BOTH) - 5_000
    assert world.show(VERIFIED).refusal is None
    assert world.state is PaymentState.SETTLED


def test_attempts_used_up_end_the_payment_and_nothing_moved() -> None:
    world = _asked()
    world.fail(3)
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYER_NOT_VERIFIED)
    assert world.it.second_result is not None
    assert (world.it.second_result.verdict, world.it.second_result.reason) == (
        Verdict.NOT_VERIFIED,
        Reason.ATTEMPTS_USED_UP,
    )
    assert world.money == (FUNDS_MINOR, 0, 0)
    assert world.timers == {}
    for device in (TILL, STALL):
        assert (world.told(device).state, world.told(device).reason) == (
            PaymentState.DECLINED,
            Reason.PAYER_NOT_VERIFIED,
        )


def test_no_answer_in_time_ends_the_payment() -> None:
    world = _asked()
    world.let_due(TimerKind.PRESET_TIME)
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.TIMED_OUT)
    assert world.it.second_result is not None
    assert world.it.second_result.verdict is Verdict.COULD_NOT_BE_CHECKED


def test_a_failure_compared_after_the_time_is_the_time_being_over() -> None:
    world = _asked()
    asked = world.open
    world.do(world.answer())
    world.now_ms = asked.deadline_ms
    assert world.refused(PresetTimeOver(instruction_id=asked.instruction_id)) is Reason.NOT_NOW
    world.do(Compared(instruction_id=asked.instruction_id, finding=REJECTED))
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.TIMED_OUT)


def test_an_answer_in_time_counts_even_if_its_comparison_ends_later() -> None:
    world = _asked()
    asked = world.open
    world.now_ms = asked.deadline_ms - 1
    world.do(world.answer())
    world.now_ms = asked.deadline_ms + 9_000
    world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED))
    assert world.state is PaymentState.SETTLED


@pytest.mark.parametrize("outcome", [CaptureOutcome.LIVENESS_FAILED, CaptureOutcome.SENSOR_FAILED])
def test_a_payer_without_a_probe_is_not_verified(outcome: CaptureOutcome) -> None:
    world = _asked()
    for _ in range(3):
        world.do(world.answer(outcome=outcome))
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYER_NOT_VERIFIED)


# --- either end says no ---


def test_the_payer_may_stop_even_while_they_are_compared() -> None:
    world = _asked()
    asked = world.open
    world.do(world.answer())
    world.do(Stopped(device=TILL))
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYER_STOPPED)
    world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED))
    assert (world.state, world.money) == (PaymentState.DECLINED, (FUNDS_MINOR, 0, 0))


def test_the_payee_may_refuse_and_stays_verified() -> None:
    world = _asked()
    world.do(Refused(device=STALL))
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYEE_REFUSED)
    assert world.it.first_result is not None
    assert world.it.first_result.verdict is Verdict.VERIFIED
