"""Orders: two operators move held or paid money although no terminal was asked. What such an event says. Values.

Whoever makes one of these events has checked the signatures behind it; the core checks everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class OrderKind(StrEnum):
    """Which way the money is ordered."""

    RELEASE = "release"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPeople:
    """One asked for it and said why, the other approved it."""

    asked_by: str
    approved_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrdered:
    """So much of the held money is to go to the payee, unverified."""

    order_id: str
    by: TwoPeople
    amount_minor: int
    currency: str
    given_at_ms: int
    """When it was approved, by which it comes before a hold's expiry or after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrdered:
    """So much is to go back to the payer: out of the hold, or from the payee who was paid."""

    order_id: str
    by: TwoPeople
    amount_minor: int
    currency: str
    given_at_ms: int


Order: TypeAlias = ReleaseOrdered | RefundOrdered


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """What a payment remembers of an order: the same again changes nothing, another of the same id is refused."""

    order_id: str
    kind: OrderKind
    amount_minor: int
    currency: str


def carried_out(order: Order) -> CarriedOut:
    """`order` as it is remembered."""
    return CarriedOut(
        order_id=order.order_id,
        kind=OrderKind.RELEASE if isinstance(order, ReleaseOrdered) else OrderKind.REFUND,
        amount_minor=order.amount_minor,
        currency=order.currency,
    )


def detail_of(order: Order) -> dict[str, str | int | float | bool | None]:
    """What the payment's history keeps of it."""
    return {
        "order": order.order_id,
        "amount_minor": order.amount_minor,
        "asked_by": order.by.asked_by,
        "approved_by": order.by.approved_by,
        "why": order.by.why,
    }
