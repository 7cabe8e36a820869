"""The server's books as the report wants them: balances, postings, results. Impure: reads the database only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from demo.installation import Installation
from demo.report import Posting, Result
from server_mqtt.flow import states
from server_mqtt.ledger.audit import StoredEntry
from server_mqtt.shell import journal, payments
from server_mqtt.shell.store import open_store

ENTRIES_MAX: Final = 1_000
"""Far more than a demo books."""


class Books:
    """A reader's view of one installation's database."""

    def __init__(self, shop: Installation) -> None:
        """Raises StoreError where there is none."""
        self._shop = shop
        self._store = open_store(shop.data)

    def close(self) -> None:
        """Give the files back."""
        self._store.close()

    def balances(self) -> dict[str, int]:
        """Minor units by ledger account; the demo has one currency."""
        with self._store.read() as connection:
            return {account: minor for (account, _), minor in journal.all_balances(connection).items()}

    def postings(self, payment_id: str | None = None) -> tuple[Posting, ...]:
        """Every posting, or those of one payment, in the journal's order."""
        with self._store.read() as connection:
            if payment_id is None:
                entries = journal.newest(connection, ENTRIES_MAX)
            else:
                entries = journal.entries_of(connection, payment_id)
        return tuple(posting for entry in entries for posting in _postings(entry))

    def results(self, payment_id: str) -> tuple[Result | None, Result | None]:
        """What both verifications of a payment came to."""
        with self._store.read() as connection:
            payment = payments.find(connection, payment_id)
        return (None, None) if payment is None else (_result(payment.first_result), _result(payment.second_result))

    def verify(self) -> str:
        """What `countersign-server ledger verify` says of the whole ledger. Raises DemoError where it is not sound."""
        return self._shop.operate_on("ledger", "verify").strip()


def totals(balances: Mapping[str, int], postings: Iterable[Posting]) -> tuple[str, ...]:
    """What does not add up between balances and postings, in words; empty where all does."""
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.account] = sums.get(posting.account, 0) + posting.amount_minor
    wrong = [
        f"{account} holds {balances.get(account, 0)}, its postings sum to {sums.get(account, 0)}"
        for account in sorted({*balances, *sums})
        if balances.get(account, 0) != sums.get(account, 0)
    ]
    if sum(balances.values()):
        wrong.append(f"all balances sum to {sum(balances.values())}, not to nothing")
    return tuple(wrong)


def _postings(entry: StoredEntry) -> Iterable[Posting]:
    return (
        Posting(
            entry=entry.number,
            kind=entry.kind,
            account=posting.ledger_account,
            currency=posting.currency,
            amount_minor=posting.amount_minor,
        )
        for posting in entry.postings
    )


def _result(result: states.Result | None) -> Result | None:
    if result is None:
        return None
    return Result(verdict=result.verdict, reason=result.reason, modality=result.modality)
