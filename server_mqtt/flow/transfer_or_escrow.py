"""The payer is verified: the money goes to the payee at once, or into escrow. The only place where it leaves. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import hold, movements, schedule
from server_mqtt.escrow.hold import HoldPlan, HoldTerms
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import CancelTimers, Post, Record, SetTimer
from server_mqtt.flow.endings import decline
from server_mqtt.flow.events import TimerKind
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.reach import reached_at_ms, was_unreached
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both
from server_mqtt.ledger import entries


def transfer_or_escrow(payment: Payment, facts: Facts, now_ms: int) -> Next:
    """Moves the money as the payer was told, unless something has changed that forbids it: then it stays."""
    why = _why_not(payment, facts)
    if why is not None:
        return decline(payment, Step.TRANSFER_OR_ESCROW, why, now_ms)
    if payment.plan is None:
        return _transfer(payment, now_ms)
    return _escrow(payment, payment.plan, facts, now_ms)


def _why_not(payment: Payment, facts: Facts) -> Reason | None:
    """Everything that may have changed since the request, in the order of its guards. First failure wins."""
    if facts.payee is None or facts.listing is None:
        return Reason.UNKNOWN_PAYEE
    if facts.payer is None or not facts.payer.active or not facts.payee.active:
        return Reason.ACCOUNT_BLOCKED
    if facts.payer_balance_minor is None or facts.payer_balance_minor < payment.amount_minor:
        return Reason.INSUFFICIENT_FUNDS
    return None


def _transfer(payment: Payment, now_ms: int) -> Next:
    settled = change(replace(payment, state=PaymentState.SETTLED, open=None))
    entry = entries.settle(
        payment.payment_id, payment.payer_account, payment.payee_account, payment.currency, payment.amount_minor
    )
    record = Record(step=Step.TRANSFER_OR_ESCROW, before=payment.state, after=PaymentState.SETTLED)
    return settled.then(Post(entry=entry), record, CancelTimers(), *tell_both(settled.payment, now_ms))


def _escrow(payment: Payment, plan: HoldPlan, facts: Facts, now_ms: int) -> Next:
    terms = hold.begin(plan, now_ms, facts.policy.hold_notice_ms)
    notice = () if terms.notice_at_ms is None else (_notice_timer(terms.notice_at_ms),)
    held = change(
        replace(
            payment,
            state=PaymentState.HELD,
            reason=terms.reason,
            hold=terms,
            open=None,
            payee_devices=known_to(payment, facts.payee),
        )
    )
    entry = movements.hold(payment.payment_id, payment.payer_account, payment.currency, payment.amount_minor)
    record = Record(step=Step.TRANSFER_OR_ESCROW, before=payment.state, after=PaymentState.HELD, reason=terms.reason)
    return held.then(
        Post(entry=entry),
        record,
        CancelTimers(),
        SetTimer(kind=TimerKind.HOLD_EXPIRY, due_at_ms=terms.expires_at_ms),
        *notice,
        SetTimer(kind=TimerKind.RESEND, due_at_ms=_first_ask_at_ms(payment, terms, facts, now_ms)),
        *tell_both(held.payment, now_ms),
    )


def _first_ask_at_ms(payment: Payment, terms: HoldTerms, facts: Facts, now_ms: int) -> int:
    """After a pause; but a payee who was not even asked, and is within reach now, is asked as soon as they are free."""
    after_pause_ms = now_ms + schedule.pause_ms(facts.policy, terms.asked)
    if not was_unreached(payment) or facts.payee is None:
        return after_pause_ms
    reached_ms = reached_at_ms(facts.payee.terminals, facts.policy.busy_from, now_ms)
    return after_pause_ms if reached_ms is None else min(after_pause_ms, reached_ms)


def _notice_timer(due_at_ms: int) -> SetTimer:
    return SetTimer(kind=TimerKind.HOLD_NOTICE, due_at_ms=due_at_ms)
