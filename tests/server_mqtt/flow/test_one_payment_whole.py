"""One payment word for word: all that each decision asks of the shell, in its order, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    FirstInstruction,
    FirstResult,
    Hold,
    Modality,
    PaymentState,
    PaymentStatus,
    Purpose,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import ConcludeAttempt, CountAttempt, Issue, Record, Send, SetTimer
from server_mqtt.flow.events import Compared, TerminalAppeared, TimerKind
from server_mqtt.flow.instructions import worded
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.telling import status
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.policy import match_rates, payee_time_ms, payer_time_ms
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    BOTH,
    PAYEE,
    PAYER,
    PAYMENT,
    POLICY,
    REJECTED,
    SEALED,
    SPOTLESS,
    STALL,
    START_MS,
    TILL,
    VERIFIED,
    fresh,
)
from tests.server_mqtt.flow.world import World, effects

FIRST, SECOND = fresh(POLICY, 1), fresh(POLICY, 3)
NAMES: dict[str, Any] = {"payer_name": "Ada Price", "payee_name": "Corner Bakery"}
ASKED = OpenInstruction(
    instruction_id=FIRST.instruction_id,
    role=Role.PAYEE,
    purpose=Purpose.PAYMENT,
    nonce=FIRST.nonce,
    challenge=FIRST.challenge,
    holds_ms=FIRST.holds_ms,
    least_score=POLICY.liveness_least_score,
    largest_spread=POLICY.liveness_largest_spread,
    rates=match_rates(POLICY),
    passive_least_score=POLICY.passive_least_score,
    passive_model_least_score=POLICY.passive_model_least_score,
    finger_least_score=POLICY.finger_least_score,
    modalities=BOTH,
    all_modalities=False,
    devices=(STALL,),
    issued_at_ms=START_MS,
    deadline_ms=START_MS + payee_time_ms(POLICY, BOTH),
    attempt=1,
    attempts=POLICY.attempts,
)
NEW = Payment(
    payment_id=PAYMENT,
    payer_account=PAYER,
    payee_account=PAYEE,
    payer_device=TILL,
    amount_minor=AMOUNT_MINOR,
    currency="EUR",
    reference="bread",
    **NAMES,
    requested_at_ms=START_MS,
    state=PaymentState.AWAITING_PAYEE,
    revision=2,
    open=ASKED,
    payee_devices=(STALL,),
)
STATUS = PaymentStatus(
    payment_id=PAYMENT,
    revision=2,
    role=Role.PAYER,
    state=PaymentState.AWAITING_PAYEE,
    amount_minor=AMOUNT_MINOR,
    currency="EUR",
    payee_account=PAYEE,
    **NAMES,
)
WORDS: dict[str, Any] = {
    "payment_id": PAYMENT,
    "amount_minor": AMOUNT_MINOR,
    "currency": "EUR",
    "payee_account": PAYEE,
    "modalities": BOTH,
    "all_modalities": False,
    "attempt": 1,
    "attempts": POLICY.attempts,
    **NAMES,
}
TOLD = FirstResult(verdict=Verdict.VERIFIED, modality=Modality.FACE)


def test_a_request() -> None:
    world = World()
    decision = world.request()
    body = FirstInstruction(
        instruction_id=FIRST.instruction_id,
        nonce=FIRST.nonce,
        challenge=FIRST.challenge,
        preset_time_ms=payee_time_ms(POLICY, BOTH),
        purpose=Purpose.PAYMENT,
        **WORDS,
    )
    assert decision.payment == NEW
    assert [effect for effect in decision.effects if not isinstance(effect, Record)] == [
        Issue(instruction=ASKED),
        SetTimer(kind=TimerKind.PRESET_TIME, subject=ASKED.instruction_id, due_at_ms=ASKED.deadline_ms),
        Send(device=STALL, body=body, expires_at_ms=ASKED.deadline_ms),
        Send(device=TILL, body=STATUS),
    ]


def test_the_payees_answer() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    answer = replace(world.answer(), content_hash=b"\x07" * 32)
    decision = world.do(answer)
    assert decision.payment == replace(NEW, revision=3, open=replace(ASKED, pending=True))
    assert effects(decision, CountAttempt) == [
        CountAttempt(
            instruction_id=ASKED.instruction_id,
            role=Role.PAYEE,
            account=PAYEE,
            device=STALL,
            nonce=ASKED.nonce,
            outcome=CaptureOutcome.CAPTURED,
            modalities=BOTH,
            probes=(SEALED,),
            asked=ASKED.asked,
            answer_hash=b"\x07" * 32,
        )
    ]


def test_the_first_result() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.do(world.answer())
    world.now_ms += 400
    decision = world.do(Compared(instruction_id=ASKED.instruction_id, finding=VERIFIED))
    asked = replace(
        ASKED,
        instruction_id=SECOND.instruction_id,
        role=Role.PAYER,
        nonce=SECOND.nonce,
        challenge=SECOND.challenge,
        holds_ms=SECOND.holds_ms,
        devices=(TILL,),
        issued_at_ms=world.now_ms,
        deadline_ms=world.now_ms + payer_time_ms(POLICY, BOTH),
    )
    body = SecondInstruction(
        instruction_id=SECOND.instruction_id,
        nonce=SECOND.nonce,
        challenge=SECOND.challenge,
        holds_ms=SECOND.holds_ms,
        preset_time_ms=payer_time_ms(POLICY, BOTH),
        first_result=TOLD,
        **WORDS,
    )
    told = msgspec.structs.replace(STATUS, revision=5, state=PaymentState.AWAITING_PAYER, first_result=TOLD)
    assert [effect for effect in decision.effects if not isinstance(effect, Record)] == [
        ConcludeAttempt(instruction_id=ASKED.instruction_id, finding=VERIFIED),
        Issue(instruction=asked),
        SetTimer(kind=TimerKind.PRESET_TIME, subject=asked.instruction_id, due_at_ms=asked.deadline_ms),
        Send(device=TILL, body=body, expires_at_ms=asked.deadline_ms),
        Send(device=TILL, body=told),
        Send(device=STALL, body=msgspec.structs.replace(told, role=Role.PAYEE)),
    ]
    assert decision.payment == replace(
        NEW,
        revision=5,
        state=PaymentState.AWAITING_PAYER,
        first_result=Result(verdict=Verdict.VERIFIED, modality=Modality.FACE, at_ms=world.now_ms),
        risk=world.it.risk,
        open=asked,
    )


def test_the_payers_answer_and_what_it_consents_to() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    assert world.consent == Consent(
        payee_account=PAYEE,
        payee_name="Corner Bakery",
        amount_minor=AMOUNT_MINOR,
        currency="EUR",
        first_verdict=Verdict.VERIFIED,
        held=False,
    )
    asked = world.open
    (count,) = effects(world.do(world.answer()), CountAttempt)
    assert (count.role, count.account, count.device) == (Role.PAYER, PAYER, TILL)
    assert (count.instruction_id, count.nonce, count.asked) == (asked.instruction_id, asked.nonce, asked.asked)


def test_a_further_attempt_says_why_the_one_before_failed() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.now_ms += 1_000
    world.show(REJECTED)
    again = world.heard(STALL, FirstInstruction)[-1]
    assert (again.attempt, again.previous_reason) == (2, Reason.NOT_RECOGNISED)
    assert again.preset_time_ms == payee_time_ms(POLICY, BOTH) - 1_000
    assert (world.open.rejected, world.open.pending, world.open.issued_at_ms) == (True, False, world.now_ms)
    assert worded(FirstInstruction, world.it, world.open, purpose=Purpose.PAYMENT) == again


def test_what_is_told_of_a_hold_before_it_while_it_lasts_and_afterwards() -> None:
    world = World(history=replace(SPOTLESS, marked=True)).until(PaymentState.AWAITING_PAYER)
    plan = Hold(reason=Reason.PAYEE_RISKY, risk_reason="marked", expires_in_ms=POLICY.hold_expiry_ms)
    assert world.told(TILL).hold == plan
    assert world.consent.held
    world.show()
    assert world.told(TILL).hold == world.told(STALL).hold == plan
    world.let_due(TimerKind.HOLD_NOTICE)
    soon = msgspec.structs.replace(plan, expires_in_ms=POLICY.hold_notice_ms, expires_soon=True)
    assert world.told(TILL).hold == world.told(STALL).hold == soon
    world.do(TerminalAppeared(device=STALL))
    world.show()
    assert (world.told(TILL).state, world.told(TILL).hold) == (PaymentState.RELEASED, None)
    assert status(world.it, Role.PAYEE, world.now_ms).hold is None
