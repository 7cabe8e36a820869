"""The first result, whatever it is, and what it means for the money: at once, or held. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow.hold import HoldPlan
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Record
from server_mqtt.flow.endings import decline
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.payee_lookup import check_payee
from server_mqtt.flow.second_instruction import second_instruction
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.steps import Step
from server_mqtt.risk.value import Risk, assess

_HELD_FOR: Final = {
    Verdict.NOT_VERIFIED: Reason.PAYEE_NOT_VERIFIED,
    Verdict.COULD_NOT_BE_CHECKED: Reason.PAYEE_NOT_CHECKED,
}


def first_result(payment: Payment, result: Result, facts: Facts, now_ms: int) -> Next:
    """Notes `result`, decides whether the money will be held, and goes on to the payer with both.

    A payee who may not be paid any more is refused, whoever stands there: the payment ends before the payer is asked.
    """
    why = check_payee(facts)
    if why is not None:
        refused = Result(verdict=Verdict.REFUSED, reason=why, at_ms=now_ms)
        return decline(replace(payment, first_result=refused), Step.FIRST_RESULT, why, now_ms)
    risk = assess(needed(facts.history, "history of the payee"), facts.policy)
    noted = change(
        replace(
            payment,
            state=PaymentState.AWAITING_PAYER,
            first_result=result,
            risk=risk,
            plan=_plan(result, risk, facts),
            open=None,
        )
    )
    record = Record(
        step=Step.FIRST_RESULT,
        before=payment.state,
        after=PaymentState.AWAITING_PAYER,
        reason=result.reason,
        detail={
            "verdict": result.verdict,
            "risk_value": risk.value,
            "risk_threshold": facts.policy.risk_threshold,
            **{f"risk_{factor}": amount for factor, amount in risk.factors.items()},
        },
    )
    return second_instruction(noted.payment, facts, now_ms).after(record)


def _plan(result: Result, risk: Risk, facts: Facts) -> HoldPlan | None:
    """Claims 2 and 3: money for a payee who is not verified, or is risky, will be held."""
    risky = risk.value > facts.policy.risk_threshold
    if result.verdict is Verdict.VERIFIED and not risky:
        return None
    word = risk.main.value if risky and risk.main is not None else ""
    reason = _HELD_FOR.get(result.verdict, Reason.PAYEE_RISKY)
    return HoldPlan(reason=reason, risk_reason=word, expires_in_ms=facts.policy.hold_expiry_ms)
