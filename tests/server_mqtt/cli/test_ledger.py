"""`countersign-server ledger`: what it lists, and that it finds whatever was done to the money behind its back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from server_mqtt.shell.errors import OperatorError, StaleStoreError
from tests.server_mqtt.cli.conftest import Ask, Run


@pytest.fixture(autouse=True)
def _three_deposits(run: Run) -> None:
    run("account", "open", "DE0001", "--name", "Ann")
    for amount in ("1.00", "2.00", "3.00"):
        assert run("account", "deposit", "DE0001", amount, "EUR").exit_code == 0


def _tamper(folder: Path, *statements: str) -> None:
    """What an insider does who has the file: no trigger stops them."""
    database = sqlite3.connect(folder / "data" / "countersign.sqlite3")
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_entries_and_balances_are_listed(ask: Ask) -> None:
    rows = ask("ledger", "list")
    assert [(row["entry"], row["kind"], row["ledger_account"], row["amount"]) for row in rows[:2]] == [
        (1, "deposit", "outside/EUR", "-1.00"),
        (1, "deposit", "customer/DE0001", "1.00"),
    ]
    assert len(rows) == 6
    assert [row["entry"] for row in ask("ledger", "list", "--limit", "1")] == [3, 3]
    assert {row["ledger_account"]: row["balance_minor"] for row in ask("ledger", "balances")} == {
        "customer/DE0001": 600,
        "outside/EUR": -600,
    }


def test_a_ledger_that_nobody_touched_is_sound(ask: Ask) -> None:
    verified = ask("ledger", "verify")
    assert (verified["sound"], verified["entries"], verified["findings"]) == (True, 3, [])
    assert verified["sums_minor"] == {"EUR": 0}
    assert ask("ledger", "verify", "--anchor", verified["anchor"])["sound"]


@pytest.mark.fault(69)
@pytest.mark.parametrize(
    ("statements", "first"),
    [
        (["UPDATE postings SET amount_minor = 900 WHERE entry_number = 2 AND position = 1"], "entry 2"),
        (["UPDATE postings SET ledger_account = 'customer/DE0002' WHERE entry_number = 3 AND position = 1"], "entry 3"),
        (["UPDATE journal_entries SET at_ms = 1 WHERE entry_number = 1"], "entry 1"),
        (["UPDATE journal_entries SET kind = 'gift' WHERE entry_number = 2"], "entry 2"),
        (
            ["DELETE FROM postings WHERE entry_number = 2", "DELETE FROM journal_entries WHERE entry_number = 2"],
            "entry 3",
        ),
        (["DELETE FROM postings WHERE entry_number = 2"], "entry 2"),
        (["UPDATE ledger_accounts SET balance_minor = 10000 WHERE floor_minor = 0"], "customer/DE0001"),
    ],
)
def test_what_was_changed_behind_its_back_is_found_and_named(
    run: Run, folder: Path, statements: list[str], first: str
) -> None:
    _tamper(folder, *statements)
    verified = run("ledger", "verify", "--json")
    assert verified.exit_code == 1
    report = json.loads(verified.stdout)
    assert not report["sound"]
    assert report["findings"][0].startswith(first)
    told = run("ledger", "verify")
    assert told.exit_code == 1
    assert report["findings"][0] in told.stdout
    assert report["findings"][0] in told.stderr


@pytest.mark.fault(69)
def test_entries_cut_off_at_the_end_are_missed_by_an_anchor_that_was_noted(run: Run, ask: Ask, folder: Path) -> None:
    anchor = ask("ledger", "verify")["anchor"]
    _tamper(
        folder,
        "DELETE FROM postings WHERE entry_number = 3",
        "DELETE FROM journal_entries WHERE entry_number = 3",
        "UPDATE ledger_accounts SET balance_minor = balance_minor - 300 WHERE floor_minor = 0",
        "UPDATE ledger_accounts SET balance_minor = balance_minor + 300 WHERE floor_minor < 0",
    )
    assert ask("ledger", "verify")["sound"]
    verified = run("ledger", "verify", "--anchor", anchor)
    assert verified.exit_code == 1
    assert "entry 3 is not the one that was noted" in verified.stderr


def test_what_is_no_anchor_is_refused(run: Run) -> None:
    assert isinstance(run("ledger", "verify", "--anchor", "3:abc").exception, OperatorError)


def _cut_off_the_last(folder: Path) -> None:
    """As an insider would who knows how the balances are kept."""
    _tamper(
        folder,
        "DELETE FROM postings WHERE entry_number = 3",
        "DELETE FROM journal_entries WHERE entry_number = 3",
        "UPDATE ledger_accounts SET balance_minor = balance_minor - 300 WHERE floor_minor = 0",
        "UPDATE ledger_accounts SET balance_minor = balance_minor + 300 WHERE floor_minor < 0",
    )


def _head(run: Run, tmp_path: Path) -> Path:
    """The signed head, kept elsewhere."""
    path = tmp_path / "head.json"
    path.write_text(run("ledger", "head", "--json").stdout)
    return path


def test_a_signed_head_is_shown_and_holds_as_long_as_its_entry_is_there(run: Run, ask: Ask, tmp_path: Path) -> None:
    head = _head(run, tmp_path)
    values = json.loads(head.read_text())
    assert (values["entry_number"], len(values["entry_hash"]), len(values["signature"])) == (3, 64, 128)
    for value in (values["entry_hash"], "entry      3"):
        assert value in run("ledger", "head").stdout
    assert ask("ledger", "verify", "--head", str(head))["sound"]
    assert run("account", "deposit", "DE0001", "4.00", "EUR").exit_code == 0
    assert ask("ledger", "verify", "--head", str(head))["sound"], "the ledger may grow"


@pytest.mark.fault(69)
def test_entries_cut_off_at_the_end_are_missed_by_a_signed_head(
    run: Run, ask: Ask, folder: Path, tmp_path: Path
) -> None:
    head = _head(run, tmp_path)
    _cut_off_the_last(folder)
    assert ask("ledger", "verify")["sound"]
    verified = run("ledger", "verify", "--head", str(head))
    assert verified.exit_code == 1
    assert "entry 3 is not the one that was noted" in verified.stderr
    refused = run("account", "deposit", "DE0001", "3.00", "EUR")
    assert isinstance(refused.exception, StaleStoreError), "this folder has seen more"
    assert run("ledger", "accept-loss").exit_code == 1, "nobody says yes"
    accepted = run("ledger", "accept-loss", "--yes")
    assert (accepted.exit_code, "ends at entry 2, not at 3" in accepted.stdout) == (0, True)
    assert run("account", "deposit", "DE0001", "3.00", "EUR").exit_code == 0
    assert isinstance(run("ledger", "accept-loss", "--yes").exception, OperatorError)
    anew = run("ledger", "verify", "--head", str(head))
    assert anew.exit_code == 1, "not even another entry takes its place"


@pytest.mark.fault(69)
def test_a_head_that_the_server_did_not_sign_is_refused(run: Run, folder: Path, tmp_path: Path) -> None:
    head = _head(run, tmp_path)
    whole = head.read_text()
    for content in (whole.replace('"entry_number": 3', '"entry_number": 2'), "{}", ""):
        head.write_text(content)
        assert isinstance(run("ledger", "verify", "--head", str(head)).exception, OperatorError)
    head.write_text(whole)
    assert isinstance(run("ledger", "verify", "--head", str(head), "--anchor", "0:00").exception, OperatorError)


@pytest.mark.fault(69)
def test_a_payment_that_nothing_moved_for_is_found_and_named(run: Run, folder: Path) -> None:
    _tamper(
        folder,
        "INSERT INTO payments (payment_id, payer_account, payee_account, payer_device, amount_minor, currency, state,"
        " revision, document, created_at_ms, updated_at_ms) VALUES ('abababababababababababababababab', 'DE0001',"
        " 'DE0002', 'till-0001', 100, 'EUR', 'settled', 3, '{}', 1, 1)",
    )
    verified = run("ledger", "verify")
    assert verified.exit_code == 1
    assert f"payment {'ab' * 16} is settled and moves 0 EUR in customer/DE0001" in verified.stderr
