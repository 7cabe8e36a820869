"""What both ends are told of a payment at every change, and again when they ask. Pure."""

from __future__ import annotations

from server_mqtt.contract.messages import Consent, FirstResult, Hold, PaymentState, PaymentStatus, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.escrow.hold import HoldPlan
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Send
from server_mqtt.flow.events import Queried
from server_mqtt.flow.facts import Facts, Party
from server_mqtt.flow.states import Payment, Result


def status(payment: Payment, role: Role, now_ms: int) -> PaymentStatus:
    """How `payment` stands, for the end `role`."""
    return PaymentStatus(
        payment_id=payment.payment_id,
        revision=payment.revision,
        role=role,
        state=payment.state,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        payer_name=payment.payer_name,
        payee_name=payment.payee_name,
        payee_account=payment.payee_account,
        first_result=wire_result(payment.first_result),
        reason=payment.reason,
        hold=_hold(payment, now_ms),
        released_minor=payment.released_minor,
        refunded_minor=payment.refunded_minor,
    )


def wire_result(result: Result | None) -> FirstResult | None:
    """A first result as it is told."""
    if result is None:
        return None
    return FirstResult(verdict=result.verdict, reason=result.reason, modality=result.modality)


def wire_plan(plan: HoldPlan | None) -> Hold | None:
    """A hold that will be, as it is told."""
    if plan is None:
        return None
    return Hold(reason=plan.reason, risk_reason=plan.risk_reason, expires_in_ms=plan.expires_in_ms)


def consent_to(payment: Payment) -> Consent:
    """What a payer consents to who saw this payment's second instruction."""
    verdict = Verdict.COULD_NOT_BE_CHECKED if payment.first_result is None else payment.first_result.verdict
    return Consent(
        payee_account=payment.payee_account,
        payee_name=payment.payee_name,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        first_verdict=verdict,
        held=payment.plan is not None,
    )


def tell_payer(payment: Payment, now_ms: int) -> tuple[Send, ...]:
    """To the terminal that asked for the payment."""
    return (Send(device=payment.payer_device, body=status(payment, Role.PAYER, now_ms)),)


def tell_payee(payment: Payment, now_ms: int) -> tuple[Send, ...]:
    """To the payee's terminals that know of the payment."""
    return tuple(Send(device=device, body=status(payment, Role.PAYEE, now_ms)) for device in payment.payee_devices)


def tell_both(payment: Payment, now_ms: int) -> tuple[Send, ...]:
    """To both ends."""
    return (*tell_payer(payment, now_ms), *tell_payee(payment, now_ms))


def is_replaced(payment: Payment, payer: Party | None) -> bool:
    """Whether the terminal that asked for the payment is the payer's no more, but others are."""
    return payer is not None and bool(payer.devices) and payment.payer_device not in payer.devices


def payers_terminals(payment: Payment, payer: Party | None) -> tuple[str, ...]:
    """Who may ask how the payer's side stands: the terminal that asked for it; if that is revoked, the others."""
    others = payer.devices if payer is not None and is_replaced(payment, payer) else ()
    return (payment.payer_device, *others)


def known_to(payment: Payment, payee: Party | None) -> tuple[str, ...]:
    """The payee's terminals that know of the payment once all of them are told."""
    others = () if payee is None else payee.devices
    return (*payment.payee_devices, *(device for device in others if device not in payment.payee_devices))


def answer_query(payment: Payment, event: Queried, facts: Facts, now_ms: int) -> Next:
    """How the payment stands, to the one that asked; a terminal of both accounts hears of both ends."""
    roles = [
        role
        for role, devices in (
            (Role.PAYER, payers_terminals(payment, facts.payer)),
            (Role.PAYEE, () if facts.payee is None else facts.payee.devices),
        )
        if event.device in devices
    ]
    sends = tuple(Send(device=event.device, body=status(payment, role, now_ms)) for role in roles)
    return Next(payment=payment, effects=sends)


def _hold(payment: Payment, now_ms: int) -> Hold | None:
    if payment.state is PaymentState.AWAITING_PAYER:
        return wire_plan(payment.plan)
    if payment.state is PaymentState.HELD and payment.hold is not None:
        terms = payment.hold
        left_ms = max(0, terms.expires_at_ms - now_ms)
        return Hold(
            reason=terms.reason, risk_reason=terms.risk_reason, expires_in_ms=left_ms, expires_soon=terms.noticed
        )
    return None
