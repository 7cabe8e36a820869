"""Orders: to move held or paid money although no terminal was asked. Who may give one, and what it is bound to. Values.

Whoever makes one of these events has checked the signatures behind it; the core checks everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ByOperators:
    """Two people: one proposed it and said why, the other approved it."""

    proposed_by: str
    approved_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPayee:
    """The payee's own terminal, in a signed message."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrdered:
    """So much of the held money is to go to the payee, unverified: only two operators can want that."""

    order_id: str
    by: ByOperators
    amount_minor: int
    currency: str
    given_at_ms: int
    """When it was approved, by which it comes before a hold's expiry or after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrdered:
    """So much is to go back to the payer: out of the hold, or from the payee who was paid."""

    order_id: str
    by: ByOperators | ByPayee
    amount_minor: int
    currency: str
    given_at_ms: int


Order: TypeAlias = ReleaseOrdered | RefundOrdered


def detail_of(order: Order) -> dict[str, str | int | float | bool | None]:
    """What the payment's history keeps of it."""
    kept: dict[str, str | int | float | bool | None] = {"order": order.order_id, "amount_minor": order.amount_minor}
    if isinstance(order.by, ByPayee):
        return {**kept, "device": order.by.device}
    return {**kept, "proposed_by": order.by.proposed_by, "approved_by": order.by.approved_by, "why": order.by.why}
