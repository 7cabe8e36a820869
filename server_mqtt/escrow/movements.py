"""The three movements of held money: in, on to the payee, or back to the payer. Pure."""

from __future__ import annotations

from server_mqtt.ledger.accounts import customer_account, escrow_account
from server_mqtt.ledger.entries import Entry, EntryKind, transfer


def hold(payment_id: str, payer: str, currency: str, amount_minor: int) -> Entry:
    """Opens the payment's escrow account and freezes the payer's money in it."""
    return transfer(
        EntryKind.HOLD,
        payment_id,
        giver=customer_account(payer),
        taker=escrow_account(payment_id),
        currency=currency,
        amount_minor=amount_minor,
    )


def release(payment_id: str, payee: str, currency: str, amount_minor: int) -> Entry:
    """Gives frozen money, all of it or a part, to the payee."""
    return transfer(
        EntryKind.RELEASE,
        payment_id,
        giver=escrow_account(payment_id),
        taker=customer_account(payee),
        currency=currency,
        amount_minor=amount_minor,
    )


def refund(payment_id: str, payer: str, currency: str, amount_minor: int) -> Entry:
    """Gives frozen money, all of it or a part, back to the payer."""
    return transfer(
        EntryKind.REFUND,
        payment_id,
        giver=escrow_account(payment_id),
        taker=customer_account(payer),
        currency=currency,
        amount_minor=amount_minor,
    )
