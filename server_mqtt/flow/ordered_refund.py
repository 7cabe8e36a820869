"""Two operators order money back to the payer: out of the hold, or from the payee who was paid. Pure.

All of it or a part, as often as there is something left.
"""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Post, Record
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.ordered_release import ending, no_more_timers, why_no_order
from server_mqtt.flow.orders import RefundOrdered, carried_out, detail_of
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both
from server_mqtt.ledger import entries


def ordered_refund(payment: Payment, event: RefundOrdered, facts: Facts, now_ms: int) -> Next | Reason:
    """Escrow to payer, even to a blocked one. The rest stays held; when nothing is left the hold is over."""
    why = why_no_order(payment, event)
    if why is not None:
        return why
    if event.amount_minor < payment.held_minor:
        state = PaymentState.HELD
    else:
        state = PaymentState.RELEASED if payment.released_minor else PaymentState.REFUNDED
    refunded = _refunded(ending(payment, state, Reason.OPERATOR_REFUNDED), event, facts)
    entry = movements.refund(payment.payment_id, payment.payer_account, payment.currency, event.amount_minor)
    record = _record(Step.ORDERED_REFUND, payment, refunded.payment, event)
    return refunded.then(Post(entry=entry), record, *no_more_timers(state), *tell_both(refunded.payment, now_ms))


def give_back(payment: Payment, event: RefundOrdered, facts: Facts, now_ms: int) -> Next | Reason:
    """Payee to payer, up to what the payee was paid and has; the payment stays what it is."""
    why = why_no_order(payment, event)
    if why is not None:
        return why
    if facts.payer is None:
        return Reason.UNKNOWN_PAYER
    if facts.payee_balance_minor is None or facts.payee_balance_minor < event.amount_minor:
        return Reason.PAYEE_SHORT_OF_FUNDS
    refunded = _refunded(payment, event, facts)
    entry = entries.give_back(
        payment.payment_id, payment.payer_account, payment.payee_account, payment.currency, event.amount_minor
    )
    record = _record(Step.RETURN, payment, refunded.payment, event)
    return refunded.then(Post(entry=entry), record, *tell_both(refunded.payment, now_ms))


def _refunded(payment: Payment, event: RefundOrdered, facts: Facts) -> Next:
    return change(
        replace(
            payment,
            refunded_minor=payment.refunded_minor + event.amount_minor,
            orders=(*payment.orders, carried_out(event)),
            payee_devices=known_to(payment, facts.payee),
        )
    )


def _record(step: Step, before: Payment, after: Payment, event: RefundOrdered) -> Record:
    return Record(
        step=step, before=before.state, after=after.state, reason=Reason.OPERATOR_REFUNDED, detail=detail_of(event)
    )
