"""What an operator signs: that they ask for an order, approve or reject one, or know another operator. Pure.

Ed25519 over all that the statement says, each part with its length, under a domain of its own: a signature is worth
nothing for another order, another amount, another answer or another moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server_mqtt.flow.orders import OrderKind

_DOMAIN: Final = b"countersign/v1/operator\x00"


class Answer(StrEnum):
    """What becomes of an order that was asked for."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOrder:
    """An order as one operator asked for it; nothing of it changes any more."""

    order_id: str
    payment_id: str
    kind: OrderKind
    amount_minor: int
    currency: str
    reason: str
    asked_by: str
    asked_at_ms: int


def asking(order: AskedOrder) -> bytes:
    """What whoever asks signs."""
    return _signed(
        "ask",
        order.order_id,
        order.payment_id,
        order.kind,
        str(order.amount_minor),
        order.currency,
        order.reason,
        order.asked_by,
        str(order.asked_at_ms),
    )


def answering(order: AskedOrder, answer: Answer, by: str, at_ms: int) -> bytes:
    """What whoever answers signs: the whole order with it."""
    return _signed(answer, by, str(at_ms)) + asking(order)


def confirming(name: str, public_key: bytes, by: str, at_ms: int) -> bytes:
    """What an operator signs who knows that `public_key` (32 bytes) is that of a person called `name`."""
    return _signed("confirm", name, public_key.hex(), by, str(at_ms))


def revoking(name: str, by: str, at_ms: int) -> bytes:
    """What an operator signs who takes another's, or their own, key out of use."""
    return _signed("revoke", name, by, str(at_ms))


def _signed(*parts: str) -> bytes:
    encoded = [part.encode() for part in parts]
    return _DOMAIN + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
