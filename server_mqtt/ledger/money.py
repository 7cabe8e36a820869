"""Amounts as the ledger holds them: whole minor units within 64 bits. Pure."""

from __future__ import annotations

from typing import Final

MAX_BALANCE_MINOR: Final = 2**63 - 1
"""What both databases can store."""


class LedgerInvariantError(AssertionError):
    """A movement that must not exist: our own fault. It stops the worker before money moves."""


def checked_amount(amount_minor: int) -> int:
    """`amount_minor`, if it can be moved: positive, whole, within 64 bits. Raises LedgerInvariantError."""
    if type(amount_minor) is not int:
        raise LedgerInvariantError(f"an amount is a whole number, not {type(amount_minor).__name__}")
    if not 0 < amount_minor <= MAX_BALANCE_MINOR:
        raise LedgerInvariantError(f"{amount_minor} cannot be moved")
    return amount_minor
