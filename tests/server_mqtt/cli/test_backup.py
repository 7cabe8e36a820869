"""`backup` and `restore`: a copy is whole or not there, and what was there is not lost."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from server_mqtt.shell.backup import back_up
from server_mqtt.shell.errors import ServerError, StoreError
from server_mqtt.shell.sqlite import DATABASE_NAME
from server_mqtt.shell.store import only_server
from tests.damage import damage
from tests.server_mqtt.cli.conftest import Ask, Run


@pytest.mark.fault(26)
def test_damage_is_found_by_the_audit_and_a_backup_mends_it(folder: Path, run: Run, ask: Ask, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert run("account", "open", "DE0001", "--name", "Ann").exit_code == 0
    assert run("account", "deposit", "DE0001", "100.00", "EUR").exit_code == 0
    assert run("backup", str(copy)).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    # A table that the audit of the money does not read.
    damage(folder / "data" / DATABASE_NAME, "outbox")
    found = run("ledger", "verify")
    assert isinstance(found.exception, StoreError)
    assert "damaged" in str(found.exception)
    again = run("backup", str(tmp_path / "another"))
    assert isinstance(again.exception, StoreError)
    assert not list(tmp_path.glob("another*"))
    assert run("restore", str(copy)).exit_code == 0
    assert ask("ledger", "verify")["sound"]
    assert ask("ledger", "balances")[0]["balance_minor"] in (10_000, -10_000)
    assert (folder / "data" / "replaced" / DATABASE_NAME).exists()


def test_a_backup_has_what_is_committed_and_never_overwrites(folder: Path, run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    path = folder / "data" / DATABASE_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO counters (name, reason, count) VALUES ('done', '', 1)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO counters (name, reason, count) VALUES ('under way', '', 1)")
        back_up(folder / "data", copy)
        writer.execute("ROLLBACK")
    with closing(sqlite3.connect(copy)) as read:
        assert read.execute("SELECT name FROM counters").fetchall() == [("done",)]
    whole = copy.read_bytes()
    refused = run("backup", str(copy))
    assert isinstance(refused.exception, StoreError)
    assert copy.read_bytes() == whole


def test_a_restore_is_refused_while_a_server_runs_or_of_a_damaged_or_foreign_file(
    folder: Path, run: Run, tmp_path: Path
) -> None:
    copy, data = tmp_path / "copy", folder / "data"
    back_up(data, copy)
    damage(copy, "outbox")
    before = (data / DATABASE_NAME).read_bytes()
    with only_server(data):
        assert "another server" in str(run("restore", str(copy)).exception)
    assert "damaged" in str(run("restore", str(copy)).exception)
    foreign = tmp_path / "foreign"
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE something (else_ TEXT)")
    assert "version" in str(run("restore", str(foreign)).exception)
    assert (data / DATABASE_NAME).read_bytes() == before
    assert not list(data.glob("replaced*"))


def test_a_restore_does_not_write_over_what_an_earlier_one_kept(folder: Path, run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(folder / "data", copy)
    assert run("restore", str(copy)).exit_code == 0
    assert isinstance(run("restore", str(copy)).exception, ServerError)


@pytest.mark.fault(26)
def test_a_file_whose_first_pages_are_damaged_does_not_open(folder: Path, run: Run) -> None:
    damage(folder / "data" / DATABASE_NAME, "alembic_version")
    for command in (("ledger", "verify"), ("payments", "list"), ("run",)):
        refused = run(*command)
        assert isinstance(refused.exception, StoreError), refused.output
        assert "does not open: database disk image is malformed" in str(refused.exception)


def test_postgresql_has_its_own_programs(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", "postgresql+psycopg://nobody@/none")
    for command in ("backup", "restore"):
        file = tmp_path / command
        if command == "restore":
            file.touch()
        refused = run(command, str(file))
        assert isinstance(refused.exception, ServerError)
        assert "PostgreSQL" in str(refused.exception)
