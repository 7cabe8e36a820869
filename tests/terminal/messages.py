"""Messages of a server, filled in: tests say only what they are about."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from server_mqtt.contract.messages import (
    Action,
    FirstInstruction,
    FirstResult,
    Modality,
    PaymentState,
    PaymentStatus,
    Purpose,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Verdict

PAYER_ACCOUNT, PAYEE_ACCOUNT = "4000-0001", "4000-0002"
PAYER_NAME, PAYEE_NAME = "Ada Byron", "Corner Bakery"
AMOUNT_MINOR = 1250


def new_id() -> str:
    """A payment's, an instruction's."""
    return uuid.uuid4().hex


def _instruction(payment_id: str | None, changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "payment_id": payment_id or new_id(),
        "instruction_id": new_id(),
        "nonce": secrets.token_bytes(16),
        "amount_minor": AMOUNT_MINOR,
        "currency": "EUR",
        "payer_name": PAYER_NAME,
        "payee_account": PAYEE_ACCOUNT,
        "payee_name": PAYEE_NAME,
        "modalities": (Modality.FACE, Modality.FINGERPRINT),
        "all_modalities": False,
        "challenge": (Action.BLINK, Action.TURN_LEFT),
        "preset_time_ms": 60_000,
        "attempt": 1,
        "attempts": 3,
        **changes,
    }


def first_instruction(payment_id: str | None = None, **changes: Any) -> FirstInstruction:
    """The server asks the payee."""
    return FirstInstruction(**{"purpose": Purpose.PAYMENT, **_instruction(payment_id, changes)})


def second_instruction(payment_id: str, **changes: Any) -> SecondInstruction:
    """The server asks the payer, whose payee is verified."""
    result = FirstResult(verdict=Verdict.VERIFIED, modality=Modality.FINGERPRINT)
    return SecondInstruction(**{"first_result": result, **_instruction(payment_id, changes)})


def status(payment_id: str, role: Role, state: PaymentState, revision: int = 1, **changes: Any) -> PaymentStatus:
    """How a payment stands."""
    return PaymentStatus(
        **{
            "payment_id": payment_id,
            "revision": revision,
            "role": role,
            "state": state,
            "amount_minor": AMOUNT_MINOR,
            "currency": "EUR",
            "payer_name": PAYER_NAME,
            "payee_name": PAYEE_NAME,
            "payee_account": PAYEE_ACCOUNT,
            **changes,
        }
    )
