"""What the entries of one payment add up to, and whether that is what the payment says of itself: from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.orders import Order, ReleaseOrdered
from server_mqtt.flow.states import Payment
from server_mqtt.ledger.audit import StoredEntry
from server_mqtt.ledger.entries import EntryKind
from server_mqtt.ledger.journal import ChainedEntry


def minor_of(chained: ChainedEntry) -> int:
    """How much an entry moves."""
    return max(posting.amount_minor for posting in chained.entry.postings)


def sum_of(entries: Sequence[ChainedEntry], *kinds: EntryKind) -> int:
    """How much the entries of these kinds move."""
    return sum(minor_of(chained) for chained in entries if chained.entry.kind in kinds)


def escrow_of(entries: Sequence[ChainedEntry]) -> int:
    """What must be in escrow after these."""
    return sum_of(entries, EntryKind.HOLD) - sum_of(entries, EntryKind.RELEASE, EntryKind.REFUND)


def is_by(kind: EntryKind, order: Order) -> bool:
    """Whether that is what such an order posts, and two people gave it."""
    posts = (EntryKind.RELEASE,) if isinstance(order, ReleaseOrdered) else (EntryKind.REFUND, EntryKind.RETURN)
    return kind in posts and order.by.asked_by != order.by.approved_by and bool(order.by.why.strip())


def state_by(entries: Sequence[ChainedEntry]) -> PaymentState | None:
    """What a payment with these entries must be; None if its money never moved."""
    if not entries:
        return None
    if entries[0].entry.kind is EntryKind.SETTLE:
        return PaymentState.SETTLED
    if escrow_of(entries):
        return PaymentState.HELD
    return PaymentState.RELEASED if sum_of(entries, EntryKind.RELEASE) else PaymentState.REFUNDED


def wrong_with(payment: Payment, entries: Sequence[ChainedEntry]) -> str | None:
    """What of `payment` its entries contradict, or None."""
    kinds = [chained.entry.kind for chained in entries]
    first = [kind for kind in kinds if kind in (EntryKind.SETTLE, EntryKind.HOLD)]
    if len(first) > 1 or kinds[:1] != first:
        return f"its money left the payer more than once: {kinds}"
    back = sum_of(entries, EntryKind.RETURN)
    paid = sum_of(entries, EntryKind.SETTLE, EntryKind.RELEASE)
    if back > paid:
        return f"{back} came back of {paid} that were paid"
    refunded = sum_of(entries, EntryKind.REFUND) + back
    if refunded > payment.amount_minor or escrow_of(entries) < 0:
        return f"{refunded} of {payment.amount_minor} went back"
    released = sum_of(entries, EntryKind.RELEASE)
    if (payment.released_minor, payment.refunded_minor) != (released, refunded):
        said = f"released {payment.released_minor} and refunded {payment.refunded_minor}"
        return f"it says that it {said}, where it is {released} and {refunded}"
    return None


def is_return(final: Payment, payment: Payment) -> bool:
    """Whether nothing of `final` changed but what came back of it, and who knows."""
    fields = ("refunded_minor", "revision", "orders", "payee_devices")
    same = replace(payment, **{name: getattr(final, name) for name in fields})
    return same == final and payment.refunded_minor > final.refunded_minor


def stored_entry(chained: ChainedEntry) -> StoredEntry:
    """As an audit reads it."""
    return StoredEntry(
        number=chained.number,
        kind=chained.entry.kind,
        payment_id=chained.entry.payment_id,
        at_ms=chained.at_ms,
        postings=chained.entry.postings,
        previous_hash=chained.previous_hash,
        entry_hash=chained.entry_hash,
    )
