"""The hold is about to expire: both ends are told while there is still time to do something about it. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Record, SetTimer
from server_mqtt.flow.events import HoldNotice, TimerKind
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both


def hold_notice(payment: Payment, _event: HoldNotice, facts: Facts, now_ms: int) -> Next | Reason:
    """Once, and never early; nothing else changes, whatever is being asked meanwhile."""
    terms = needed(payment.hold, "hold")
    if terms.notice_at_ms is None or terms.noticed:
        return Reason.NOT_NOW
    if now_ms < terms.notice_at_ms:
        return Next(payment=payment, effects=(SetTimer(kind=TimerKind.HOLD_NOTICE, due_at_ms=terms.notice_at_ms),))
    told = change(
        replace(payment, hold=replace(terms, noticed=True), payee_devices=known_to(payment, facts.payee)),
    )
    record = Record(step=Step.HOLD_NOTICE, before=payment.state, after=payment.state, reason=terms.reason)
    return told.then(record, *tell_both(told.payment, now_ms))
