"""Entries: balanced sets of postings. The only way in which money moves. Pure.

An entry that does not balance cannot be made: `Entry` raises LedgerInvariantError, which stops the worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server_mqtt.contract.currencies import is_currency
from server_mqtt.ledger.accounts import customer_account, floor_of, outside_account
from server_mqtt.ledger.money import LedgerInvariantError, checked_amount


class EntryKind(StrEnum):
    """Why money moved."""

    DEPOSIT = "deposit"
    SETTLE = "settle"
    HOLD = "hold"
    RELEASE = "release"
    REFUND = "refund"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What one account gains (positive) or loses (negative), in minor units."""

    ledger_account: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement. `payment_id` is empty where no payment caused it.

    Raises LedgerInvariantError unless the postings of each currency sum to zero, each moves something, and no account
    appears twice in a currency (money that goes round in a circle moves nothing).
    """

    kind: EntryKind
    payment_id: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for posting in self.postings:
            _check(posting)
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_minor
        if any(sums.values()) or not sums:
            raise LedgerInvariantError(f"an unbalanced {self.kind.value} of payment {self.payment_id or '-'}")
        if len({(posting.ledger_account, posting.currency) for posting in self.postings}) != len(self.postings):
            raise LedgerInvariantError(f"a circular {self.kind.value} of payment {self.payment_id or '-'}")


def transfer(kind: EntryKind, payment_id: str, *, giver: str, taker: str, currency: str, amount_minor: int) -> Entry:
    """`amount_minor` from one ledger account to another."""
    amount_minor = checked_amount(amount_minor)
    return Entry(
        kind=kind,
        payment_id=payment_id,
        postings=(
            Posting(ledger_account=giver, currency=currency, amount_minor=-amount_minor),
            Posting(ledger_account=taker, currency=currency, amount_minor=amount_minor),
        ),
    )


def deposit(account: str, currency: str, amount_minor: int) -> Entry:
    """Money that comes to a customer from outside."""
    return transfer(
        EntryKind.DEPOSIT,
        "",
        giver=outside_account(currency),
        taker=customer_account(account),
        currency=currency,
        amount_minor=amount_minor,
    )


def settle(payment_id: str, payer: str, payee: str, currency: str, amount_minor: int) -> Entry:
    """Money that goes from payer to payee at once."""
    return transfer(
        EntryKind.SETTLE,
        payment_id,
        giver=customer_account(payer),
        taker=customer_account(payee),
        currency=currency,
        amount_minor=amount_minor,
    )


def give_back(payment_id: str, payer: str, payee: str, currency: str, amount_minor: int) -> Entry:
    """Money that the payee was paid, all of it or a part, from them back to the payer."""
    return transfer(
        EntryKind.RETURN,
        payment_id,
        giver=customer_account(payee),
        taker=customer_account(payer),
        currency=currency,
        amount_minor=amount_minor,
    )


def _check(posting: Posting) -> None:
    checked_amount(abs(posting.amount_minor) if type(posting.amount_minor) is int else posting.amount_minor)
    floor_of(posting.ledger_account)
    if not is_currency(posting.currency):
        raise LedgerInvariantError("not a currency")
