"""Either end may end a payment before money moved. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Record
from server_mqtt.flow.endings import decline
from server_mqtt.flow.events import Refused, Stopped
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.release import pause
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.steps import Step


def payer_stop(payment: Payment, _event: Stopped, _facts: Facts, now_ms: int) -> Next:
    """The payer stops, even while their own answer is being compared."""
    return decline(payment, Step.PAYER_STOP, Reason.PAYER_STOPPED, now_ms)


def payee_refusal(payment: Payment, _event: Refused, _facts: Facts, now_ms: int) -> Next:
    """The payee does not want it. Before a first result, that is the first result."""
    if payment.first_result is None:
        refused = Result(verdict=Verdict.REFUSED, reason=Reason.PAYEE_REFUSED, at_ms=now_ms)
        payment = replace(payment, first_result=refused)
    return decline(payment, Step.PAYEE_REFUSAL, Reason.PAYEE_REFUSED, now_ms)


def release_refusal(payment: Payment, _event: Refused, facts: Facts, now_ms: int) -> Next | Reason:
    """The payee does not want to be asked now: that instruction ends, the money stays frozen."""
    if payment.open is None or payment.open.pending:
        return Reason.NOT_NOW
    record = Record(step=Step.PAYEE_REFUSAL, before=payment.state, after=PaymentState.HELD, reason=Reason.PAYEE_REFUSED)
    return pause(payment, facts, now_ms, failed=True).after(record)
