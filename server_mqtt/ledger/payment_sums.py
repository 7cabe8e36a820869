"""Whether every payment moved exactly what its state says, to whom it says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.ledger.accounts import customer_account, escrow_account

Moved = Mapping[str, Mapping[tuple[str, str], int]]
"""By payment id: what all its postings add up to, in minor units by (ledger account, currency)."""

PAID: Final = frozenset({PaymentState.SETTLED, PaymentState.RELEASED})
"""States in which the payee has the money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A payment as it is stored."""

    state: str
    payer_account: str
    payee_account: str
    currency: str
    amount_minor: int
    released_minor: int = 0
    refunded_minor: int = 0

    @property
    def held_minor(self) -> int:
        """What its escrow account must hold."""
        left_minor = self.amount_minor - self.released_minor - self.refunded_minor
        return left_minor if self.state == PaymentState.HELD else 0


def check_payments(moved: Moved, payments: Mapping[str, Terms]) -> Iterator[str]:
    """A finding for each payment whose postings are not those of its state, and for postings of no payment."""
    for payment_id in sorted({*moved, *payments}):
        found = {key: amount_minor for key, amount_minor in moved.get(payment_id, {}).items() if amount_minor}
        terms = payments.get(payment_id)
        if terms is None:
            yield f"payment {payment_id} has postings, but there is no such payment"
            continue
        right = _expected(payment_id, terms)
        if not _shares_fit(terms):
            yield (
                f"payment {payment_id} is {terms.state}: of {terms.amount_minor} {terms.currency} it cannot have"
                f" released {terms.released_minor} and refunded {terms.refunded_minor}"
            )
        for name, currency in sorted({*found, *right}):
            key = (name, currency)
            if found.get(key, 0) != right.get(key, 0):
                yield (
                    f"payment {payment_id} is {terms.state} and moves {found.get(key, 0)} {currency} in {name},"
                    f" where it should move {right.get(key, 0)}"
                )


def _shares_fit(terms: Terms) -> bool:
    """Whether what the row says of released and refunded money can be, in its state."""
    whole, released, refunded = terms.amount_minor, terms.released_minor, terms.refunded_minor
    match terms.state:
        case PaymentState.SETTLED:
            return released == 0 and 0 <= refunded <= whole
        case PaymentState.HELD:
            return min(released, refunded) >= 0 and released + refunded < whole
        case PaymentState.RELEASED:
            # Later returns come out of what was released.
            return 0 < released <= whole and whole - released <= refunded <= whole
        case PaymentState.REFUNDED:
            return (released, refunded) == (0, whole)
        case _:
            return (released, refunded) == (0, 0)


def _expected(payment_id: str, terms: Terms) -> dict[tuple[str, str], int]:
    """The payer is short of what was not refunded; the payee has of it what is not still held."""
    if terms.state not in PAID and terms.state != PaymentState.HELD:
        return {}
    spent_minor, held_minor = terms.amount_minor - terms.refunded_minor, terms.held_minor
    return {
        (customer_account(terms.payer_account), terms.currency): -spent_minor,
        (customer_account(terms.payee_account), terms.currency): spent_minor - held_minor,
        (escrow_account(payment_id), terms.currency): held_minor,
    }
