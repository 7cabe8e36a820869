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
    """What is left in escrow to the payer, for `reason`. If the payee had a part of it, the payment is released."""
    state = PaymentState.RELEASED if payment.released_minor else PaymentState.REFUNDED
    refunded = change(
        replace(
            payment,
            state=state,
            reason=reason,
            open=None,
            refunded_minor=payment.refunded_minor + payment.held_minor,
            payee_devices=known_to(payment, facts.payee),
        )
    )
    entry = movements.refund(payment.payment_id, payment.payer_account, payment.currency, payment.held_minor)
    record = Record(step=Step.REFUND, before=payment.state, after=state, reason=reason)
    return refunded.then(Post(entry=entry), record, CancelTimers(), *tell_both(refunded.payment, now_ms))
