"""The database: durable settings, tables as declared, append-only where it must be, one server at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from server_mqtt.shell.errors import AlreadyRunningError, StoreError
from server_mqtt.shell.schema import APPEND_ONLY, METADATA, journal_entries, ledger_accounts, postings
from server_mqtt.shell.store import Store, migrate, only_server, open_store


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_commit_that_returned_survives_a_power_cut(store: Store) -> None:
    with store.write() as connection:
        assert _pragma(connection, "journal_mode") == "wal"
        assert _pragma(connection, "synchronous") == 2
        assert _pragma(connection, "foreign_keys") == 1


def test_the_migrations_make_the_tables_that_the_code_expects(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": METADATA})
        assert compare_metadata(context, METADATA) == []
        strict = connection.execute(text("SELECT name FROM pragma_table_list WHERE strict = 1")).scalars()
        assert set(METADATA.tables) <= set(strict)


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    assert migrate(tmp_path) == migrate(tmp_path)


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
        "INSERT OR REPLACE INTO postings VALUES (1, 0, 'b', 'EUR', 7)",
    ],
)
def test_the_database_itself_refuses_to_change_the_journal(store: Store, statement: str) -> None:
    with store.write() as connection:
        _an_entry(connection)
    with pytest.raises(IntegrityError, match="append-only"), store.write() as connection:
        connection.exec_driver_sql(statement)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT amount_minor FROM postings").scalars().all() == [5]


def test_every_append_only_table_has_its_triggers(store: Store) -> None:
    with store.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
        expected = {f"{table}_no_{action}" for table in APPEND_ONLY for action in ("UPDATE", "DELETE")}
        assert set(names) == expected


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


@pytest.mark.fault(25)
def test_a_second_server_is_kept_out(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from server_mqtt.shell.store import only_server\n"
        "with only_server(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert first.stdout is not None
    assert first.stdout.readline() == b"in\n"
    with pytest.raises(AlreadyRunningError), only_server(tmp_path):
        pass
    first.kill()
    first.communicate()
    with only_server(tmp_path):
        pass


def test_no_database_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="countersign-server init"):
        open_store(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "countersign.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="does not open"):
        open_store(tmp_path)
