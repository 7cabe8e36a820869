"""The ledger's accounts: how they are named, and how low each may go. Pure.

customer/<account>     what a customer owns
escrow/<payment id>    the money of one held payment, frozen for its payer and its payee
outside/<currency>     the world: where deposits come from, so that all postings of a currency sum to zero

An account number has no "/", so no customer can be named like an escrow account.
"""

from __future__ import annotations

import re
from typing import Final

from server_mqtt.contract.currencies import is_currency
from server_mqtt.contract.limits import ACCOUNT_PATTERN, ID_PATTERN
from server_mqtt.ledger.money import MAX_BALANCE_MINOR, LedgerInvariantError

CUSTOMER: Final = "customer/"
ESCROW: Final = "escrow/"
OUTSIDE: Final = "outside/"

_ACCOUNT: Final = re.compile(ACCOUNT_PATTERN)
_PAYMENT_ID: Final = re.compile(ID_PATTERN)


def customer_account(account: str) -> str:
    """Where the money of `account` is."""
    if not _ACCOUNT.fullmatch(account):
        raise LedgerInvariantError("not an account number")
    return CUSTOMER + account


def escrow_account(payment_id: str) -> str:
    """Where the money of a held payment is."""
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise LedgerInvariantError("not a payment id")
    return ESCROW + payment_id


def outside_account(currency: str) -> str:
    """Where money comes from."""
    if not is_currency(currency):
        raise LedgerInvariantError("not a currency")
    return OUTSIDE + currency


def floor_of(ledger_account: str) -> int:
    """The lowest balance of an account, in minor units.

    Only the outside is ever negative. Its floor bounds all the money of a currency, and with it every balance.
    """
    if ledger_account.startswith(OUTSIDE):
        return -MAX_BALANCE_MINOR
    if ledger_account.startswith((CUSTOMER, ESCROW)):
        return 0
    raise LedgerInvariantError("not an account of this ledger")
