"""The hold expired, or the payee's account is no more: the frozen money goes back to the payer. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import CancelTimers, Post, Record, SetTimer
from server_mqtt.flow.events import HoldExpired, TimerKind
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both


def hold_expired(payment: Payment, _event: HoldExpired, facts: Facts, now_ms: int) -> Next | Reason:
    """Refunds; but an answer that came in time is waited for, and whoever is early waits."""
    terms = needed(payment.hold, "hold")
    if now_ms < terms.expires_at_ms:
        return Next(payment=payment, effects=(SetTimer(kind=TimerKind.HOLD_EXPIRY, due_at_ms=terms.expires_at_ms),))
    if payment.open is not None and payment.open.pending:
        return Reason.NOT_NOW
    return refund(payment, facts, now_ms)


def refund(payment: Payment, facts: Facts, now_ms: int, *, reason: Reason = Reason.HOLD_EXPIRED) -> Next:
    """Escrow to payer, for `reason`."""
    refunded = change(
        replace(
            payment,
            state=PaymentState.REFUNDED,
            reason=reason,
            open=None,
            payee_devices=known_to(payment, facts.payee),
        )
    )
    entry = movements.refund(payment.payment_id, payment.payer_account, payment.currency, payment.amount_minor)
    record = Record(step=Step.REFUND, before=payment.state, after=PaymentState.REFUNDED, reason=reason)
    return refunded.then(Post(entry=entry), record, CancelTimers(), *tell_both(refunded.payment, now_ms))
