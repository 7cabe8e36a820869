"""What the accounts hold, entry by entry. Pure: the shell reads what an entry touches, and writes the new balances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from server_mqtt.contract.reasons import Reason
from server_mqtt.ledger.accounts import OUTSIDE, floor_of
from server_mqtt.ledger.entries import Entry
from server_mqtt.ledger.money import MAX_BALANCE_MINOR, LedgerInvariantError

Balances = Mapping[tuple[str, str], int]
"""Minor units by (ledger account, currency). An account that is not there has never been used, and holds nothing."""


def why_not(balances: Balances, entry: Entry) -> Reason | None:
    """Why `entry` cannot be posted onto `balances`, or None: the first of its postings that would break a limit."""
    for posting in entry.postings:
        balance_minor = balances.get((posting.ledger_account, posting.currency), 0) + posting.amount_minor
        if balance_minor < floor_of(posting.ledger_account):
            outside = posting.ledger_account.startswith(OUTSIDE)
            return Reason.AMOUNT_TOO_LARGE if outside else Reason.INSUFFICIENT_FUNDS
        if balance_minor > MAX_BALANCE_MINOR:
            return Reason.AMOUNT_TOO_LARGE
    return None


def post(balances: Balances, entry: Entry) -> dict[tuple[str, str], int]:
    """The new balances of the accounts that `entry` touches. Raises LedgerInvariantError where `why_not` says why."""
    reason = why_not(balances, entry)
    if reason is not None:
        raise LedgerInvariantError(f"a {entry.kind.value} of payment {entry.payment_id or '-'}: {reason.value}")
    return {
        (posting.ledger_account, posting.currency): balances.get((posting.ledger_account, posting.currency), 0)
        + posting.amount_minor
        for posting in entry.postings
    }


def touched(entries: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """The accounts and currencies that `entries` touch, in the order in which they are to be locked."""
    return tuple(
        sorted({(posting.ledger_account, posting.currency) for entry in entries for posting in entry.postings})
    )
