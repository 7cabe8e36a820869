"""The kinds of messages and their structs: a kind is the last segment of its topic. Pure."""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import (
    Ack,
    Enrolment,
    FirstInstruction,
    Message,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    PaymentStatus,
    Presence,
    Reply,
    SecondInstruction,
)
from server_mqtt.contract.receipt import Receipt

UP: Final[dict[str, type[Message]]] = {
    "payer_request": PayerRequest,
    "payee_capture": PayeeCapture,
    "payer_capture": PayerCapture,
    "payer_stop": PayerStop,
    "payee_refusal": PayeeRefusal,
    "hold_extension": HoldExtension,
    "payment_query": PaymentQuery,
    "presence": Presence,
    "ack": Ack,
    "enrolment": Enrolment,
}
"""Kinds a terminal sends. `enrolment` travels as a file, not over the broker."""

DOWN: Final[dict[str, type[Message]]] = {
    "first_instruction": FirstInstruction,
    "second_instruction": SecondInstruction,
    "payment_status": PaymentStatus,
    "receipt": Receipt,
    "reply": Reply,
}
"""Kinds the server sends."""

KIND_OF: Final[dict[type[Message], str]] = {body: kind for kind, body in (UP | DOWN).items()}
"""The kind of a body's type."""
