"""The database, whichever it is: tables as declared, append-only where it must be, whole transactions or nothing."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, insert, inspect
from sqlalchemy.exc import IntegrityError

from server_mqtt.shell.schema import METADATA, journal_entries, ledger_accounts, postings
from server_mqtt.shell.store import Place, Store, migrate


def test_the_migrations_make_the_tables_that_the_code_expects(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": METADATA})
        assert compare_metadata(context, METADATA) == []


def test_the_migrations_make_the_checks_that_the_code_expects(store: Store) -> None:
    with store.read() as connection:
        for table in METADATA.tables.values():
            constraints = [*table.constraints, *(one for column in table.columns for one in column.constraints)]
            declared = {one.name for one in constraints if isinstance(one, CheckConstraint)}
            made = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
            assert made == declared, table.name


def test_migrating_twice_changes_nothing(place: Place) -> None:
    assert migrate(place) == migrate(place)


def _an_entry(connection: Connection) -> None:
    connection.execute(
        insert(journal_entries).values(
            entry_number=1, kind="deposit", payment_id="", at_ms=1, previous_hash=bytes(32), entry_hash=b"1" * 32
        )
    )
    connection.execute(
        insert(postings).values(entry_number=1, position=0, ledger_account="a", currency="EUR", amount_minor=5)
    )


@pytest.mark.fault(69)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET amount_minor = 6",
        "DELETE FROM postings",
        "UPDATE journal_entries SET at_ms = 2",
        "DELETE FROM journal_entries",
    ],
)
def test_the_database_itself_refuses_to_change_the_journal(store: Store, statement: str) -> None:
    with store.write() as connection:
        _an_entry(connection)
    with pytest.raises(IntegrityError, match="append-only"), store.write() as connection:
        connection.exec_driver_sql(statement)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT amount_minor FROM postings").scalars().all() == [5]


def test_no_balance_below_its_floor(store: Store) -> None:
    row = {"ledger_account": "customer:1", "currency": "EUR", "floor_minor": 0, "opened_at_ms": 1}
    with pytest.raises(IntegrityError, match="never_below_its_floor"), store.write() as connection:
        connection.execute(insert(ledger_accounts).values(balance_minor=-1, **row))


def _fail_after_an_entry(connection: Connection) -> None:
    _an_entry(connection)
    _ = 1 // 0


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        _fail_after_an_entry(connection)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM postings").scalar() == 0


def test_a_savepoint_rolls_back_alone(store: Store) -> None:
    with store.write() as connection:
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            _fail_after_an_entry(connection)
        with connection.begin_nested():
            _an_entry(connection)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM postings").scalar() == 1
