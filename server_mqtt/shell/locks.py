"""What a transaction holds so that two workers never do the same thing at once. Impure: the database.

Locks are taken in one order: payments by id, then accounts by number, then the ledger, then its accounts by name.
SQLite has one writer, which holds everything anyway: there the clauses are left out and the functions do nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from server_mqtt.shell.postgres import DIALECT
from server_mqtt.shell.schema import accounts, payments

LEDGER_LOCK: Final = 0x636F756E_6C656467
"""The advisory lock of the journal's chain ("counledg"): each entry needs the hash of the one before."""

OPERATORS_LOCK: Final = 0x636F756E_6F706572
"""The advisory lock of whoever changes who the operators are ("counoper")."""

MIGRATION_LOCK: Final = 0x636F756E_6D696772
"""The advisory lock of whoever renews the tables ("counmigr")."""

_PAYMENTS: Final = (
    select(payments.c.payment_id)
    .where(payments.c.payment_id.in_(bindparam("payment_ids", expanding=True)))
    .order_by(payments.c.payment_id)
    .with_for_update(key_share=True)
)
_ACCOUNTS: Final = (
    select(accounts.c.account)
    .where(accounts.c.account.in_(bindparam("names", expanding=True)))
    .order_by(accounts.c.account)
    .with_for_update(key_share=True)
)
_PARTIES: Final = select(payments.c.payer_account, payments.c.payee_account).where(
    payments.c.payment_id.in_(bindparam("payment_ids", expanding=True))
)
_ADVISORY: Final = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))


def lock_payments(connection: Connection, payment_ids: Collection[str]) -> None:
    """Waits until no other worker steps any of these payments, and keeps it so until the transaction ends."""
    if connection.dialect.name == DIALECT and payment_ids:
        connection.execute(_PAYMENTS, {"payment_ids": sorted(payment_ids)}).all()


def lock_accounts(connection: Connection, names: Collection[str]) -> None:
    """Waits until no other worker judges or debits any of these accounts, and keeps it so until the transaction ends.

    What is read of them afterwards, failures and balances, is so until then.
    """
    if connection.dialect.name == DIALECT and names:
        connection.execute(_ACCOUNTS, {"names": sorted(names)}).all()


def lock_parties(connection: Connection, payment_ids: Collection[str]) -> set[str]:
    """The same for both parties of each of these payments; whom it locked."""
    if connection.dialect.name != DIALECT or not payment_ids:
        return set()
    rows = connection.execute(_PARTIES, {"payment_ids": sorted(payment_ids)})
    names = {name for row in rows for name in row}
    lock_accounts(connection, names)
    return names


def lock_ledger(connection: Connection) -> None:
    """Waits until no other transaction posts, and keeps it so until this one ends."""
    _advisory(connection, LEDGER_LOCK)


def lock_operators(connection: Connection) -> None:
    """Waits until nobody else changes who the operators are; taken before anything else, and with nothing else."""
    _advisory(connection, OPERATORS_LOCK)


def lock_tables(connection: Connection) -> None:
    """Waits until nobody else renews the tables."""
    _advisory(connection, MIGRATION_LOCK)


def _advisory(connection: Connection, number: int) -> None:
    if connection.dialect.name == DIALECT:
        connection.execute(_ADVISORY, {"number": number})
