"""From the payee's lookup to the first result: one row of the flow after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    Modality,
    PaymentState,
    Purpose,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import ConcludeAttempt, CountAttempt, Issue, Send, SetTimer
from server_mqtt.flow.events import Compared, PresetTimeOver, TimerKind
from server_mqtt.flow.facts import Listing
from server_mqtt.verification.policy import payee_time_ms
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    BOTH,
    PAYEE,
    REJECTED,
    SEALED,
    SECOND_STALL,
    STALL,
    START_MS,
    TILL,
    VERIFIED,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, effects, only, steps, verdict

AWAITING = PaymentState.AWAITING_PAYEE
PRESET_MS = payee_time_ms(World().policy, BOTH)


def _asked() -> World:
    return World().until(AWAITING)


# --- first_instruction ---


def test_the_payee_is_asked_within_the_first_preset_time() -> None:
    world = World()
    decision = world.request()
    asked = only(decision, Issue).instruction
    assert (asked.role, asked.purpose, asked.devices) == (Role.PAYEE, Purpose.PAYMENT, (STALL,))
    assert (asked.issued_at_ms, asked.deadline_ms) == (START_MS, START_MS + PRESET_MS)
    (body,) = world.heard(STALL, FirstInstruction)
    assert (body.instruction_id, body.nonce, body.challenge) == (asked.instruction_id, asked.nonce, asked.challenge)
    assert (body.preset_time_ms, body.attempt, body.attempts) == (PRESET_MS, 1, 3)
    assert (body.modalities, body.all_modalities, body.purpose) == (BOTH, False, Purpose.PAYMENT)
    assert world.timers[TimerKind.PRESET_TIME] == SetTimer(
        kind=TimerKind.PRESET_TIME, subject=asked.instruction_id, due_at_ms=START_MS + PRESET_MS
    )
    sends = [send for send in effects(decision, Send) if send.device == STALL]
    assert [send.expires_at_ms for send in sends] == [asked.deadline_ms]


@pytest.mark.parametrize(
    ("terminals", "devices"),
    [
        ((terminal(STALL), terminal(SECOND_STALL)), (STALL, SECOND_STALL)),
        ((terminal(STALL), terminal(SECOND_STALL, online=False)), (STALL,)),
        ((terminal(STALL, modalities=()), terminal(SECOND_STALL)), (SECOND_STALL,)),
        ((terminal(STALL, modalities=()), terminal(SECOND_STALL, online=False)), (STALL,)),
        ((terminal(STALL, online=False), terminal(SECOND_STALL, online=False)), (STALL, SECOND_STALL)),
    ],
)
def test_terminals_that_are_there_and_able_are_asked_else_all(terminals: Any, devices: tuple[str, ...]) -> None:
    world = World(payee=with_party(World().payee, terminals=terminals))
    world.request()
    assert world.open.devices == devices
    assert world.it.payee_devices == devices


def test_the_directory_says_what_the_payee_is_verified_by() -> None:
    world = World(listing=Listing(name="Corner Bakery", modalities=(Modality.FINGERPRINT,)))
    world.request()
    assert world.open.modalities == (Modality.FINGERPRINT,)


def test_above_the_limit_both_are_asked_for() -> None:
    world = World(policy=replace(World().policy, both_modalities_from_minor=AMOUNT_MINOR))
    world.request()
    assert (world.open.modalities, world.open.all_modalities) == (BOTH, True)
    assert world.heard(STALL, FirstInstruction)[0].all_modalities


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enrolled": ()}, Reason.NOT_ENROLLED),
        ({"terminals": ()}, Reason.PAYEE_OFFLINE),
        ({"enrolled": (), "terminals": ()}, Reason.NOT_ENROLLED),
    ],
)
def test_a_payee_who_cannot_be_asked_could_not_be_checked_and_the_payer_may_go_on(
    change: dict[str, Any], reason: Reason
) -> None:
    world = World(payee=with_party(World().payee, **change))
    decision = world.request()
    assert steps(decision) == ["payer_request", "first_result", "second_instruction"]
    assert world.state is PaymentState.AWAITING_PAYER
    assert verdict(world) == (Verdict.COULD_NOT_BE_CHECKED, reason)
    (body,) = world.heard(TILL, SecondInstruction)
    assert body.hold is not None
    assert body.hold.reason is Reason.PAYEE_NOT_CHECKED
    assert {send.device for send in world.sent} == {TILL}


# --- payee_capture and first_verification ---


def test_an_answer_is_counted_before_it_is_compared() -> None:
    world = _asked()
    asked = world.open
    decision = world.do(world.answer())
    count = only(decision, CountAttempt)
    assert (count.instruction_id, count.role, count.account) == (asked.instruction_id, Role.PAYEE, PAYEE)
    assert (count.device, count.nonce, count.outcome) == (STALL, asked.nonce, CaptureOutcome.CAPTURED)
    assert (count.probes, count.asked) == ((SEALED,), asked.asked)
    assert world.open.pending
    assert effects(decision, Send) == []
    assert effects(decision, ConcludeAttempt) == []


def test_a_verified_payee_leads_to_the_payer() -> None:
    world = _asked()
    decision = world.show(VERIFIED)
    assert steps(decision) == ["first_verification", "first_result", "second_instruction"]
    assert verdict(world) == (Verdict.VERIFIED, None)
    assert only(decision, ConcludeAttempt).finding.verified
    told = world.told(STALL)
    assert (told.state, told.role) == (PaymentState.AWAITING_PAYER, Role.PAYEE)
    assert told.first_result is not None
    assert (told.first_result.verdict, told.first_result.modality) == (Verdict.VERIFIED, Modality.FACE)
    assert world.told(TILL).state is PaymentState.AWAITING_PAYER
    assert world.timers[TimerKind.PRESET_TIME].subject == world.open.instruction_id


def test_a_failed_attempt_is_followed_by_another_within_the_same_preset_time() -> None:
    world = _asked()
    first = world.open
    world.now_ms += 4_000
    decision = world.show(REJECTED)
    second = world.open
    assert steps(decision) == ["first_verification", "first_instruction"]
    assert (second.attempt, second.previous_reason, second.rejected) == (2, Reason.NOT_RECOGNISED, True)
    assert second.deadline_ms == first.deadline_ms
    assert len({first.instruction_id, second.instruction_id, first.nonce, second.nonce}) == 4
    body = world.heard(STALL, FirstInstruction)[-1]
    assert (body.preset_time_ms, body.attempt, body.previous_reason) == (
        PRESET_MS - 4_000,
        2,
        Reason.NOT_RECOGNISED,
    )
    assert world.state is AWAITING
    assert effects(decision, Send) == [send for send in effects(decision, Send) if send.device == STALL]


def test_attempts_used_up_are_the_first_result() -> None:
    world = _asked()
    world.fail(3)
    assert verdict(world) == (Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP)
    assert world.state is PaymentState.AWAITING_PAYER
    assert len(world.attempts) == 3
    (body,) = world.heard(TILL, SecondInstruction)
    assert body.first_result.verdict is Verdict.NOT_VERIFIED
    assert body.hold is not None
    assert body.hold.reason is Reason.PAYEE_NOT_VERIFIED


@pytest.mark.parametrize(
    ("outcome", "reason", "verdict_of_three"),
    [
        (CaptureOutcome.NOT_CAPTURED, Reason.NOT_CAPTURED, Verdict.COULD_NOT_BE_CHECKED),
        (CaptureOutcome.SENSOR_FAILED, Reason.SENSOR_FAILED, Verdict.COULD_NOT_BE_CHECKED),
        (CaptureOutcome.LIVENESS_FAILED, Reason.LIVENESS_FAILED, Verdict.NOT_VERIFIED),
    ],
)
def test_an_answer_without_a_capture_is_a_failed_attempt(
    outcome: CaptureOutcome, reason: Reason, verdict_of_three: Verdict
) -> None:
    world = _asked()
    decision = world.do(world.answer(outcome=outcome, probes=()))
    assert only(decision, CountAttempt).asked is None
    assert only(decision, ConcludeAttempt).finding.reason is reason
    assert world.open.previous_reason is reason
    world.do(world.answer(outcome=outcome, probes=(SEALED,)))
    world.do(world.answer(outcome=outcome, probes=()))
    assert verdict(world)[0] is verdict_of_three


def test_an_impostor_who_then_covers_the_sensor_was_rejected() -> None:
    world = _asked()
    world.show(REJECTED)
    for _ in range(2):
        world.do(world.answer(outcome=CaptureOutcome.SENSOR_FAILED))
    assert verdict(world) == (Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP)


def test_captured_without_a_probe_is_not_captured() -> None:
    world = _asked()
    world.do(world.answer(probes=()))
    assert world.open.previous_reason is Reason.NOT_CAPTURED


# --- the first preset time ---


@pytest.mark.fault(17)
def test_nobody_answered_in_time() -> None:
    world = _asked()
    world.let_due(TimerKind.PRESET_TIME)
    assert verdict(world) == (Verdict.COULD_NOT_BE_CHECKED, Reason.TIMED_OUT)
    assert world.state is PaymentState.AWAITING_PAYER


def test_rejected_and_then_silent_is_not_verified() -> None:
    world = _asked()
    world.show(REJECTED)
    world.let_due(TimerKind.PRESET_TIME)
    assert verdict(world) == (Verdict.NOT_VERIFIED, Reason.TIMED_OUT)


def test_an_answer_in_time_counts_even_if_its_comparison_ends_later() -> None:
    world = _asked()
    asked = world.open
    world.now_ms = asked.deadline_ms - 1
    world.do(world.answer())
    assert world.refused(PresetTimeOver(instruction_id=asked.instruction_id)) is None or world.open.pending
    world.now_ms = asked.deadline_ms + 5_000
    assert world.refused(PresetTimeOver(instruction_id=asked.instruction_id)) is Reason.NOT_NOW
    world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED))
    assert verdict(world) == (Verdict.VERIFIED, None)


def test_after_the_time_there_is_no_other_attempt() -> None:
    world = _asked()
    asked = world.open
    world.do(world.answer())
    world.now_ms = asked.deadline_ms
    world.do(Compared(instruction_id=asked.instruction_id, finding=REJECTED))
    assert verdict(world) == (Verdict.NOT_VERIFIED, Reason.TIMED_OUT)


@pytest.mark.fault(35)
def test_a_timer_that_comes_early_is_set_again() -> None:
    world = _asked()
    before = world.it
    timer = world.timers.pop(TimerKind.PRESET_TIME)
    decision = world.do(PresetTimeOver(instruction_id=timer.subject))
    assert decision.effects == (timer,)
    assert world.it == before


def test_an_old_timer_ends_no_other_instruction() -> None:
    world = _asked()
    old = world.timers[TimerKind.PRESET_TIME].subject
    world.show(REJECTED)
    world.now_ms = world.open.deadline_ms
    assert world.refused(PresetTimeOver(instruction_id=old)) is Reason.NOT_NOW
