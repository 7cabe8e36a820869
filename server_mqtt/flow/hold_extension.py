"""Payer's terminal to server: the money is to stay frozen for longer. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import hold
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Record, SetTimer
from server_mqtt.flow.events import Extended, TimerKind
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both


def hold_extension(payment: Payment, _event: Extended, facts: Facts, now_ms: int) -> Next | Reason:
    """Moves the expiry by what the policy allows, so often as it allows; never back from behind it."""
    terms = needed(payment.hold, "hold")
    if now_ms >= terms.expires_at_ms:
        return Reason.TOO_LATE
    if terms.extended >= facts.policy.hold_extensions:
        return Reason.EXTENSIONS_USED_UP
    longer = hold.extended(terms, facts.policy.hold_extension_ms, facts.policy.hold_notice_ms)
    told = change(replace(payment, hold=longer, payee_devices=known_to(payment, facts.payee)))
    record = Record(
        step=Step.HOLD_EXTENSION,
        before=payment.state,
        after=payment.state,
        detail={"extended": longer.extended, "expires_at_ms": longer.expires_at_ms},
    )
    notice_at_ms = needed(longer.notice_at_ms, "notice of an extended hold")
    return told.then(
        record,
        SetTimer(kind=TimerKind.HOLD_EXPIRY, due_at_ms=longer.expires_at_ms),
        SetTimer(kind=TimerKind.HOLD_NOTICE, due_at_ms=notice_at_ms),
        *tell_both(told.payment, now_ms),
    )
