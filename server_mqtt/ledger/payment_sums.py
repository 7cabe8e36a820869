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


def check_payments(moved: Moved, payments: Mapping[str, Terms]) -> Iterator[str]:
    """A finding for each payment whose postings are not those of its state, and for postings of no payment."""
    for payment_id in sorted({*moved, *payments}):
        found = {key: amount_minor for key, amount_minor in moved.get(payment_id, {}).items() if amount_minor}
        terms = payments.get(payment_id)
        if terms is None:
            yield f"payment {payment_id} has postings, but there is no such payment"
            continue
        right = _expected(payment_id, terms)
        for name, currency in sorted({*found, *right}):
            key = (name, currency)
            if found.get(key, 0) != right.get(key, 0):
                yield (
                    f"payment {payment_id} is {terms.state} and moves {found.get(key, 0)} {currency} in {name},"
                    f" where it should move {right.get(key, 0)}"
                )


def _expected(payment_id: str, terms: Terms) -> dict[tuple[str, str], int]:
    payer = customer_account(terms.payer_account)
    if terms.state in PAID:
        taker = customer_account(terms.payee_account)
    elif terms.state == PaymentState.HELD:
        taker = escrow_account(payment_id)
    else:
        return {}
    return {(payer, terms.currency): -terms.amount_minor, (taker, terms.currency): terms.amount_minor}
