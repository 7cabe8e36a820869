"""The journal of all money, and what every account holds: entries appended, balances moved with them. Impure: database.

Entries are never changed (the database refuses). Balances are a cache of their sums, renewed in the same transaction,
and held to the accounts' floors by the core and once more by the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, select, tuple_

from server_mqtt.contract.messages import PaymentState
from server_mqtt.ledger import audit as ledger_audit
from server_mqtt.ledger import balances, entries
from server_mqtt.ledger.accounts import customer_account
from server_mqtt.ledger.audit import Audit, Held, StoredEntry
from server_mqtt.ledger.entries import Entry, Posting
from server_mqtt.ledger.journal import START, Anchor, ChainedEntry
from server_mqtt.ledger.payment_sums import Terms, check_payments
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.gathering import AS_STORED, find
from server_mqtt.shell.open_book import BalancesByKey, OpenBook
from server_mqtt.shell.open_book import newest as newest_stored
from server_mqtt.shell.schema import journal_entries, ledger_accounts, payments, postings

_BOOK: Final = "book"
"""Whose what the book owes is."""

_BY_NAME: Final = (ledger_accounts.c.ledger_account, ledger_accounts.c.currency)
_THESE: Final = select(ledger_accounts).where(tuple_(*_BY_NAME).in_(bindparam("keys", expanding=True)))
_OF_ACCOUNT: Final = (
    select(ledger_accounts)
    .where(_BY_NAME[0] == bindparam("name"))
    .order_by(_BY_NAME[1])
    .execution_options(**{AS_STORED: True})
)


def append(connection: Connection, entry: Entry, now_ms: int) -> ChainedEntry:
    """Posts `entry`; raises LedgerInvariantError where an account would go below its floor, or beyond 64 bits."""
    with _open_book(connection) as book:
        return book.post(connection, entry, now_ms)


def expect(connection: Connection, customers: Collection[str]) -> None:
    """Where much is gathered: reads at once what these customers hold, of whom money is about to move."""
    if find(connection) is not None and customers:
        with _open_book(connection) as book:
            book.expect(connection, {customer_account(account) for account in customers})


def deposit(connection: Connection, account: str, currency: str, amount_minor: int, now_ms: int) -> None:
    """Books money from outside to a customer; raises OperatorError where the ledger cannot hold so much."""
    entry = entries.deposit(account, currency, amount_minor)
    with _open_book(connection) as book:
        if balances.why_not(book.balances(connection, balances.touched([entry])), entry) is not None:
            raise OperatorError(f"the ledger cannot hold that much {currency}")
        book.post(connection, entry, now_ms)


def last_anchor(connection: Connection) -> Anchor:
    """The place of the newest entry."""
    book = _gathered_book(connection)
    return newest_stored(connection) if book is None else book.anchor


def read_balances(connection: Connection, keys: Iterable[tuple[str, str]]) -> BalancesByKey:
    """What these accounts hold; those that were never used are left out."""
    return _balances(connection, _THESE, {"keys": list(keys)})


def all_balances(connection: Connection) -> BalancesByKey:
    """What all accounts hold, by name."""
    return _balances(connection, select(ledger_accounts).order_by(*_BY_NAME), {})


def balances_of(connection: Connection, account: str) -> dict[str, int]:
    """What a customer holds: minor units by currency."""
    name = customer_account(account)
    held = _balances(connection, _OF_ACCOUNT, {"name": name})
    book = _gathered_book(connection)
    return {currency: amount_minor for (_, currency), amount_minor in held.items()} | (book.moved(name) if book else {})


def entries_of(connection: Connection, payment_id: str) -> list[StoredEntry]:
    """The entries that a payment caused, in order."""
    return list(_read(connection, _ENTRIES.where(journal_entries.c.payment_id == payment_id)))


def newest(connection: Connection, limit: int) -> list[StoredEntry]:
    """The newest entries, oldest first."""
    after = last_anchor(connection).number - limit
    return list(_read(connection, _ENTRIES.where(journal_entries.c.entry_number > after)))


def audit(connection: Connection, anchor: Anchor = START) -> Audit:
    """Reads everything again and believes nothing. `anchor`: one that was noted at an earlier audit."""
    terms = _terms(connection)
    held = {
        payment_id: Held(currency=of.currency, amount_minor=of.held_minor)
        for payment_id, of in terms.items()
        if of.state == PaymentState.HELD
    }
    found = ledger_audit.audit(_read(connection, _ENTRIES), all_balances(connection), held, anchor)
    return replace(found, findings=(*found.findings, *check_payments(_moved(connection), terms)))


def _terms(connection: Connection) -> dict[str, Terms]:
    stored = payments.c
    columns = (stored.payment_id, stored.state, stored.payer_account, stored.payee_account, stored.currency)
    amounts = (stored.amount_minor, stored.released_minor, stored.refunded_minor)
    return {
        row.payment_id: Terms(
            state=row.state,
            payer_account=row.payer_account,
            payee_account=row.payee_account,
            currency=row.currency,
            amount_minor=row.amount_minor,
            released_minor=row.released_minor,
            refunded_minor=row.refunded_minor,
        )
        for row in connection.execute(select(*columns, *amounts))
    }


def _moved(connection: Connection) -> dict[str, BalancesByKey]:
    """What every payment's postings add up to."""
    by = (journal_entries.c.payment_id, postings.c.ledger_account, postings.c.currency)
    rows = connection.execute(
        select(*by, func.sum(postings.c.amount_minor).label("moved_minor"))
        .join(postings, postings.c.entry_number == journal_entries.c.entry_number)
        .where(journal_entries.c.payment_id != "")
        .group_by(*by)
    )
    moved: dict[str, BalancesByKey] = {}
    for row in rows:
        moved.setdefault(row.payment_id, {})[row.ledger_account, row.currency] = int(row.moved_minor)
    return moved


_ENTRIES = (
    select(journal_entries, postings.c.ledger_account, postings.c.currency, postings.c.amount_minor)
    .outerjoin(postings, postings.c.entry_number == journal_entries.c.entry_number)
    .order_by(journal_entries.c.entry_number, postings.c.position)
)


def _read(connection: Connection, chosen: Select[Any]) -> Iterator[StoredEntry]:
    for number, lines in groupby(connection.execute(chosen), lambda row: row.entry_number):
        yield _entry(number, list(lines))


def _entry(number: int, lines: list[Row[Any]]) -> StoredEntry:
    head = lines[0]
    return StoredEntry(
        number=number,
        kind=head.kind,
        payment_id=head.payment_id,
        at_ms=head.at_ms,
        postings=tuple(
            Posting(ledger_account=line.ledger_account, currency=line.currency, amount_minor=line.amount_minor)
            for line in lines
            if line.ledger_account is not None  # an entry whose postings are gone
        ),
        previous_hash=head.previous_hash,
        entry_hash=head.entry_hash,
    )


def _balances(connection: Connection, chosen: Select[Any], of: dict[str, Any]) -> BalancesByKey:
    rows = connection.execute(chosen, of)
    return {(row.ledger_account, row.currency): row.balance_minor for row in rows}


@contextmanager
def _open_book(connection: Connection) -> Iterator[OpenBook]:
    """The transaction's book; what is posted to it is written at the end, or together with what else is gathered."""
    gathering = find(connection)
    book = _gathered_book(connection) or OpenBook(connection)
    yield book
    if gathering is None:
        book.write(connection)
    else:
        gathering.owed[_BOOK] = book


def _gathered_book(connection: Connection) -> OpenBook | None:
    gathering = find(connection)
    book = None if gathering is None else gathering.owed.get(_BOOK)
    return book if isinstance(book, OpenBook) else None
