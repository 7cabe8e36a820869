"""Payer's terminal to server: a payment is asked for. A ladder of guards, first failure wins. Pure.

A request that is declined is a payment too, declined from the start: whoever asks again gets the same answer.
"""

from __future__ import annotations

from server_mqtt.contract.currencies import check_amount
from server_mqtt.contract.messages import PayerRequest, PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Record
from server_mqtt.flow.events import Requested
from server_mqtt.flow.facts import Facts, Party
from server_mqtt.flow.first_instruction import first_instruction
from server_mqtt.flow.payee_lookup import check_payee
from server_mqtt.flow.second_instruction import payer_modalities
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import tell_payer


def payer_request(_payment: None, event: Requested, facts: Facts, now_ms: int) -> Next:
    """A new payment: declined, or on its way to the payee."""
    step, reason = _why_not(event, facts, now_ms)
    payment = _new(event, facts, now_ms, reason)
    record = Record(step=step, before=None, after=payment.state, reason=reason)
    if reason is not None:
        return Next(payment=payment, effects=(record, *tell_payer(payment, now_ms)))
    return first_instruction(payment, facts, now_ms).after(record)


def repeated_request(payment: Payment, event: Requested, _facts: Facts, now_ms: int) -> Next | Reason:
    """The same request again is answered again; another one under the same id is refused, and the first stays."""
    request = event.request
    same = (
        event.device == payment.payer_device
        and request.payer_account == payment.payer_account
        and request.payee_account == payment.payee_account
        and request.amount_minor == payment.amount_minor
        and request.currency == payment.currency
        and request.reference == payment.reference
    )
    if not same:
        return Reason.ID_REUSED
    return Next(payment=payment, effects=tell_payer(payment, now_ms))


def check_terms(event: Requested, facts: Facts) -> Reason | None:
    """What is wrong with the request itself: whose terminal, to whom, how much."""
    request = event.request
    if facts.payer is None or event.device not in facts.payer.devices:
        return Reason.ACCOUNT_NOT_ON_THIS_TERMINAL
    if request.payer_account == request.payee_account:
        return Reason.PAYEE_IS_PAYER
    reason = check_amount(request.amount_minor, request.currency)
    if reason is None and request.amount_minor > facts.policy.amount_limit_minor:
        return Reason.AMOUNT_TOO_LARGE
    return reason


def check_payer(payer: Party | None, request: PayerRequest, facts: Facts, now_ms: int) -> Reason | None:
    """Why this payer cannot pay this amount."""
    if payer is None or not payer.active:
        return Reason.ACCOUNT_BLOCKED
    modalities = payer_modalities(request.amount_minor, facts, now_ms)
    if isinstance(modalities, Reason):
        return modalities
    if facts.payer_balance_minor is None:
        return Reason.CURRENCY_NOT_HELD
    if facts.payer_balance_minor < request.amount_minor:
        return Reason.INSUFFICIENT_FUNDS
    return None


def _why_not(event: Requested, facts: Facts, now_ms: int) -> tuple[Step, Reason | None]:
    """The whole ladder: the request, then the payee, then the payer. At which step it ended, and why."""
    reason = check_terms(event, facts)
    if reason is not None:
        return Step.PAYER_REQUEST, reason
    reason = check_payee(facts)
    if reason is not None:
        return Step.PAYEE_LOOKUP, reason
    return Step.PAYER_REQUEST, check_payer(facts.payer, event.request, facts, now_ms)


def _new(event: Requested, facts: Facts, now_ms: int, reason: Reason | None) -> Payment:
    request = event.request
    # A terminal learns no names of accounts that it has nothing to do with.
    known = reason is not Reason.ACCOUNT_NOT_ON_THIS_TERMINAL
    return Payment(
        payment_id=request.payment_id,
        payer_account=request.payer_account,
        payee_account=request.payee_account,
        payer_device=event.device,
        amount_minor=request.amount_minor,
        currency=request.currency,
        reference=request.reference,
        payer_name=facts.payer.name if known and facts.payer is not None else "",
        payee_name=facts.listing.name if known and facts.listing is not None else "",
        requested_at_ms=now_ms,
        state=PaymentState.AWAITING_PAYEE if reason is None else PaymentState.DECLINED,
        reason=reason,
    )
