"""SQLite's own: durable settings, strict tables, triggers, one server at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from server_mqtt.shell import sqlite
from server_mqtt.shell.errors import AlreadyRunningError, StoreError, StoreUnavailableError
from server_mqtt.shell.schema import APPEND_ONLY, METADATA, journal_entries, postings
from server_mqtt.shell.store import Store, migrate, only_server, open_store

on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@on_sqlite
def test_a_commit_that_returned_survives_a_power_cut(store: Store) -> None:
    with store.write() as connection:
        assert _pragma(connection, "journal_mode") == "wal"
        assert _pragma(connection, "synchronous") == 2
        assert _pragma(connection, "foreign_keys") == 1


@on_sqlite
def test_every_table_is_strict(store: Store) -> None:
    with store.read() as connection:
        strict = connection.exec_driver_sql("SELECT name FROM pragma_table_list WHERE strict = 1").scalars()
        assert set(METADATA.tables) <= set(strict)


@on_sqlite
def test_every_append_only_table_has_its_triggers(store: Store) -> None:
    with store.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
        expected = {f"{table}_no_{action}" for table in APPEND_ONLY for action in ("UPDATE", "DELETE")}
        assert set(names) == expected


@pytest.mark.fault(69)
@on_sqlite
def test_a_posting_is_not_replaced_either(store: Store) -> None:
    with store.write() as connection:
        connection.execute(
            insert(journal_entries).values(
                entry_number=1, kind="deposit", payment_id="", at_ms=1, previous_hash=bytes(32), entry_hash=b"1" * 32
            )
        )
        connection.execute(
            insert(postings).values(entry_number=1, position=0, ledger_account="a", currency="EUR", amount_minor=5)
        )
    with pytest.raises(IntegrityError, match="append-only"), store.write() as connection:
        connection.exec_driver_sql("INSERT OR REPLACE INTO postings VALUES (1, 0, 'b', 'EUR', 7)")


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


@pytest.mark.fault(25)
def test_a_database_that_somebody_keeps_locked_is_away_and_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(tmp_path)
    short = [pragma for pragma in sqlite.PRAGMAS if "busy_timeout" not in pragma]
    monkeypatch.setattr(sqlite, "PRAGMAS", (*short, "PRAGMA busy_timeout = 20"))
    first, second = open_store(tmp_path), open_store(tmp_path)
    with first.write(), pytest.raises(StoreUnavailableError, match="locked"), second.write():
        pass
    with second.write():
        pass
    for store in (first, second):
        store.close()


def test_no_database_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="countersign-server init"):
        open_store(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "countersign.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="does not open"):
        open_store(tmp_path)
