"""Payer's terminal to server: consent, and the answer to a second instruction. Pure."""

from __future__ import annotations

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.answers import take_answer, why_it_does_not_count
from server_mqtt.flow.decision import Next
from server_mqtt.flow.events import PayerCaptured
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.second_verification import conclude
from server_mqtt.flow.states import Payment
from server_mqtt.flow.telling import consent_to
from server_mqtt.verification.binding import check_consent


def payer_capture(payment: Payment, event: PayerCaptured, facts: Facts, now_ms: int) -> Next | Reason:
    """Counts it, if it is bound to the open instruction and consents to exactly what that one said."""
    why = why_it_does_not_count(payment, event, facts, now_ms) or check_consent(
        event.capture.consent, consent_to(payment)
    )
    return why or take_answer(payment, event, facts, now_ms, conclude)
