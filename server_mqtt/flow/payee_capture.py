"""Payee's terminal to server: the answer to a first instruction. Pure."""

from __future__ import annotations

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.answers import take_answer
from server_mqtt.flow.decision import Next
from server_mqtt.flow.events import PayeeCaptured
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.first_verification import conclude
from server_mqtt.flow.states import Payment


def payee_capture(payment: Payment, event: PayeeCaptured, facts: Facts, now_ms: int) -> Next | Reason:
    """Counts it, if it is bound to the open instruction."""
    return take_answer(payment, event, facts, now_ms, conclude)
