"""How a payment ends without moving money. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import CancelTimers, Record
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import tell_both


def decline(payment: Payment, step: Step, reason: Reason, now_ms: int) -> Next:
    """The payment is over, nothing moved, and both ends are told why."""
    decision = change(replace(payment, state=PaymentState.DECLINED, reason=reason, open=None))
    record = Record(step=step, before=payment.state, after=PaymentState.DECLINED, reason=reason)
    return decision.after(record, CancelTimers()).then(*tell_both(decision.payment, now_ms))
