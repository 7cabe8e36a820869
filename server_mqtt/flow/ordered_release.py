"""Two operators order it: frozen money, all of it or a part, goes to the payee without a verification. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import CancelTimers, Effect, Post, Record
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.orders import Order, ReleaseOrdered, carried_out, detail_of
from server_mqtt.flow.release import why_not_paid
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both


def ordered_release(payment: Payment, event: ReleaseOrdered, facts: Facts, now_ms: int) -> Next | Reason:
    """Escrow to payee. The rest stays held; when nothing is left the payment is released."""
    why = why_no_order(payment, event) or why_not_paid(facts)
    if why is not None:
        return why
    state = PaymentState.HELD if event.amount_minor < payment.held_minor else PaymentState.RELEASED
    released = change(
        replace(
            ending(payment, state, Reason.OPERATOR_RELEASED),
            released_minor=payment.released_minor + event.amount_minor,
            orders=(*payment.orders, carried_out(event)),
            payee_devices=known_to(payment, facts.payee),
        )
    )
    entry = movements.release(payment.payment_id, payment.payee_account, payment.currency, event.amount_minor)
    record = Record(
        step=Step.ORDERED_RELEASE,
        before=payment.state,
        after=state,
        reason=Reason.OPERATOR_RELEASED,
        detail=detail_of(event),
    )
    return released.then(Post(entry=entry), record, *no_more_timers(state), *tell_both(released.payment, now_ms))


def why_no_order(payment: Payment, order: Order) -> Reason | None:
    """Why an order is not carried out, whatever it is, or None. First failure wins."""
    if any(order.order_id == done.order_id for done in payment.orders):
        return Reason.ID_REUSED
    if order.by.asked_by == order.by.approved_by:
        return Reason.SAME_PERSON
    if not order.by.why.strip():
        return Reason.NO_REASON_GIVEN
    if order.currency != payment.currency:
        return Reason.CURRENCY_NOT_HELD
    if payment.hold is not None and payment.held_minor and order.given_at_ms >= payment.hold.expires_at_ms:
        return Reason.TOO_LATE
    if order.amount_minor < 1:
        return Reason.AMOUNT_ZERO
    if order.amount_minor > payment.refundable_minor:
        return Reason.MORE_THAN_IS_LEFT
    return None


def ending(payment: Payment, state: PaymentState, reason: Reason) -> Payment:
    """With the last part of held money it is over and nobody is asked any more. With a part of it nothing changes."""
    return payment if state is PaymentState.HELD else replace(payment, state=state, reason=reason, open=None)


def no_more_timers(state: PaymentState) -> tuple[Effect, ...]:
    """Nothing is waited for once nothing is held."""
    return () if state is PaymentState.HELD else (CancelTimers(),)
