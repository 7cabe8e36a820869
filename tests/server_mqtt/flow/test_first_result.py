"""Either end says no before the first result; the first result, and what it means for the money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server_mqtt.contract.messages import (
    PaymentState,
    PaymentStatus,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import ConcludeAttempt, Record
from server_mqtt.flow.events import Compared, Refused, Stopped
from server_mqtt.risk.factors import RiskFactor
from server_mqtt.verification.finding import Finding
from tests.server_mqtt.flow.cast import (
    STALL,
    TILL,
    VERIFIED,
    with_party,
)
from tests.server_mqtt.flow.world import World, effects, steps, verdict

AWAITING = PaymentState.AWAITING_PAYEE


def _asked() -> World:
    return World().until(AWAITING)


# --- either end says no ---


def test_the_payer_may_stop_while_the_payee_is_asked() -> None:
    world = _asked()
    decision = world.do(Stopped(device=TILL))
    assert steps(decision) == ["payer_stop"]
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYER_STOPPED)
    assert world.timers == {}
    for device in (TILL, STALL):
        assert world.told(device).reason is Reason.PAYER_STOPPED


def test_the_payee_may_refuse_and_that_is_no_hold() -> None:
    world = _asked()
    decision = world.do(Refused(device=STALL))
    assert steps(decision) == ["payee_refusal"]
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYEE_REFUSED)
    assert verdict(world) == (Verdict.REFUSED, Reason.PAYEE_REFUSED)
    assert world.journal == []


def test_a_refusal_while_an_answer_is_compared_counts_and_the_finding_changes_nothing() -> None:
    world = _asked()
    asked = world.open
    world.do(world.answer())
    world.do(Refused(device=STALL))
    before = world.it
    decision = world.do(Compared(instruction_id=asked.instruction_id, finding=VERIFIED))
    assert world.it == before
    assert decision.effects == (ConcludeAttempt(instruction_id=asked.instruction_id, finding=VERIFIED),)


# --- first_result ---


def test_the_decision_keeps_every_factor_of_the_risk() -> None:
    world = World()
    world.history = replace(world.history, marked=True)
    world.until(AWAITING)
    decision = world.show()
    record = next(record for record in effects(decision, Record) if record.step == "first_result")
    assert record.detail["risk_marked"] == 1.0
    assert record.detail["risk_threshold"] == 0.5
    assert record.detail["risk_value"] == pytest.approx(0.95)
    assert world.it.risk is not None
    assert set(world.it.risk.factors) == set(RiskFactor)


def test_a_verified_payee_who_is_risky_will_have_to_wait() -> None:
    world = World()
    world.history = replace(world.history, marked=True)
    world.until(AWAITING)
    world.show()
    (body,) = world.heard(TILL, SecondInstruction)
    assert body.first_result.verdict is Verdict.VERIFIED
    assert body.hold is not None
    assert (body.hold.reason, body.hold.risk_reason) == (Reason.PAYEE_RISKY, "marked")
    assert body.hold.expires_in_ms == world.policy.hold_expiry_ms


@pytest.mark.parametrize(("marked", "word"), [(True, "marked"), (False, "")])
def test_a_rejected_payee_is_held_for_that_and_the_risk_is_told_beside_it(marked: bool, word: str) -> None:
    world = World()
    world.history = replace(world.history, marked=marked, account_age_ms=0)
    world.until(AWAITING)
    world.fail(3)
    assert world.it.plan is not None
    assert (world.it.plan.reason, world.it.plan.risk_reason) == (Reason.PAYEE_NOT_VERIFIED, word)


def test_a_risk_value_at_the_threshold_is_not_above_it() -> None:
    marked = replace(World().history, marked=True)
    for threshold, held in ((0.95, False), (0.94, True)):
        world = World(policy=replace(World().policy, risk_threshold=threshold), history=marked)
        world.until(AWAITING)
        world.show()
        assert (world.it.plan is not None) is held


def test_a_payer_whose_references_went_away_is_declined() -> None:
    world = _asked()
    world.payer = with_party(world.payer, enrolled=())
    decision = world.show()
    assert steps(decision) == ["first_verification", "first_result", "second_instruction"]
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYER_NOT_ENROLLED)
    assert world.told(STALL).state is PaymentState.DECLINED


@pytest.mark.fault(72)
@pytest.mark.parametrize("reason", [Reason.NOT_RECOGNISED, Reason.LIVENESS_FAILED, Reason.TEMPLATE_REPLAYED])
def test_whatever_failed_the_payer_is_told_the_same(reason: Reason) -> None:
    world = _asked()
    for _ in range(3):
        world.show(Finding(verified=False, reason=reason))
    (body,) = world.heard(TILL, SecondInstruction)
    assert (body.first_result.verdict, body.first_result.reason) == (Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP)
    told = [body for body in world.heard(TILL, PaymentStatus) if body.first_result is not None]
    assert {status.first_result for status in told} == {body.first_result}
