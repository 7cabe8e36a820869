"""What an operator does, command by command, on real files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from server_mqtt.cli import commands
from server_mqtt.contract import codec
from server_mqtt.contract.messages import Enrolment
from server_mqtt.contract.sealing import enrolment_context, seal
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.errors import AlreadyRunningError, KeyFileError, OperatorError
from server_mqtt.shell.keys import key_files, load_keys
from server_mqtt.shell.pki import Identity, identity
from server_mqtt.shell.store import only_server
from tests.scenarios.people import Person
from tests.server_mqtt.cli.conftest import Ask, Run


def _pki(tmp_path: Path, *devices: str) -> Path:
    pki = tmp_path / "pki"
    assert CliRunner().invoke(commands, ["pki", "init", str(pki)]).exit_code == 0
    for device in devices:
        assert CliRunner().invoke(commands, ["pki", "device", str(pki), device]).exit_code == 0
    return pki


def _open(run: Run, account: str, name: str = "Ann") -> None:
    assert run("account", "open", account, "--name", name).exit_code == 0


def test_init_makes_a_folder_with_keys_that_nobody_else_reads(folder: Path) -> None:
    assert (folder / "data" / "countersign.sqlite3").is_file()
    for name in ("signing.pem", "sealing.pem", "template.key"):
        assert stat.S_IMODE((folder / "keys" / name).stat().st_mode) == 0o600
    again = CliRunner().invoke(commands, ["init", str(folder)])
    assert isinstance(again.exception, OperatorError)


def test_an_account_is_opened_once_filled_listed_and_blocked(run: Run, ask: Ask) -> None:
    _open(run, "DE0001")
    assert isinstance(run("account", "open", "DE0001", "--name", "Ann").exception, OperatorError)
    assert run("account", "deposit", "DE0001", "12.50", "EUR").exit_code == 0
    assert run("account", "deposit", "DE0001", "700", "JPY").exit_code == 0
    assert run("account", "block", "DE0001").exit_code == 0
    assert run("account", "flag", "DE0001").exit_code == 0
    (row,) = ask("account", "list")
    assert (row["account"], row["name"], row["status"], row["flagged"]) == ("DE0001", "Ann", "blocked", True)
    assert row["balances"] == ["12.50 EUR", "700 JPY"]
    assert run("account", "unblock", "DE0001").exit_code == 0
    assert run("account", "flag", "DE0001", "--off").exit_code == 0
    (row,) = ask("account", "list")
    assert (row["status"], row["flagged"]) == ("active", False)
    assert run("account", "close", "DE0001").exit_code == 0
    (row,) = ask("account", "list")
    assert (row["status"], row["balances"]) == ("closed", ["12.50 EUR", "700 JPY"])
    for command in (("unblock", "DE0001"), ("close", "DE0001"), ("deposit", "DE0001", "1", "EUR")):
        assert isinstance(run("account", *command).exception, OperatorError)


@pytest.mark.fault(29)
@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("0", "EUR", "amount zero"),
        ("-5", "EUR", "No such option"),
        ("12.505", "EUR", "amount too precise"),
        ("1e3", "EUR", "amount not a number"),
        ("12,50", "EUR", "amount not a number"),
        ("99999999999999999999", "EUR", "amount too large"),
        ("5", "EURO", "unknown currency"),
    ],
)
def test_amounts_that_are_none_are_not_booked(run: Run, ask: Ask, amount: str, currency: str, words: str) -> None:
    _open(run, "DE0001")
    result = run("account", "deposit", "DE0001", amount, currency)
    assert result.exit_code != 0
    assert words in f"{result.output}{result.exception}"
    assert ask("ledger", "list") == []


@pytest.mark.parametrize("account", ["DE1", "DE 0001", "DE/0001", "'; DROP TABLE accounts; --", "x" * 35, ""])
def test_what_is_no_account_number_is_refused(run: Run, ask: Ask, account: str) -> None:
    assert isinstance(run("account", "open", account, "--name", "Ann").exception, OperatorError)
    assert ask("account", "list") == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "\x1b[31mred"])
def test_what_is_no_name_is_refused(run: Run, name: str) -> None:
    assert isinstance(run("account", "open", "DE0001", "--name", name).exception, OperatorError)


def test_the_directory_says_who_can_be_paid_and_by_what(run: Run, ask: Ask) -> None:
    _open(run, "DE0001", "Bo's Bäckerei 面包")
    assert run("directory", "add", "DE0001").exit_code == 0
    assert run("directory", "add", "DE0001", "--modality", "fingerprint", "--name", "Bäckerei").exit_code == 0
    (row,) = ask("directory", "list")
    assert (row["name"], row["modalities"]) == ("Bäckerei", ["fingerprint"])
    assert run("directory", "remove", "DE0001").exit_code == 0
    assert ask("directory", "list") == []
    assert isinstance(run("directory", "remove", "DE0001").exception, OperatorError)
    assert isinstance(run("directory", "add", "DE9999").exception, OperatorError)


def test_a_terminal_is_known_by_its_certificate(run: Run, ask: Ask, tmp_path: Path) -> None:
    pki = _pki(tmp_path, "terminal-one")
    _open(run, "DE0001")
    certificate = str(identity(pki, "terminal-one").certificate)
    added = run("device", "add", "--certificate", certificate, "--account", "DE0001")
    assert (added.exit_code, added.stdout) == (0, "terminal-one\n")
    (row,) = ask("device", "list")
    assert (row["device"], row["accounts"], row["online"], row["status"]) == (
        "terminal-one",
        ["DE0001"],
        False,
        "active",
    )
    assert run("device", "revoke", "terminal-one").exit_code == 0
    assert ask("device", "list")[0]["status"] == "revoked"
    assert isinstance(run("device", "revoke", "terminal-two").exception, OperatorError)
    not_one = run("device", "add", "--certificate", str(pki / "ca.key"), "--account", "DE0001")
    assert isinstance(not_one.exception, KeyFileError)


def _enrolment(folder: Path, who: Identity, account: str, path: Path) -> Path:
    key = load_pem_private_key(who.key.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    enrolment_id, person = "ab" * 16, Person(1)
    sealing = load_keys(key_files(folder / "keys")).sealing.public_key()
    context = enrolment_context(enrolment_id, account, "terminal-one")
    probes = tuple(seal(sealing, probe, context) for probe in (person.face(), *(person.finger() for _ in range(4))))
    body = Enrolment(enrolment_id=enrolment_id, account=account, probes=probes)
    path.write_bytes(codec.encode(key, Direction.UP, "terminal-one", enrolment_id, body))
    return path


def test_references_come_from_a_file_that_a_terminal_signed(run: Run, ask: Ask, folder: Path, tmp_path: Path) -> None:
    who = identity(_pki(tmp_path, "terminal-one"), "terminal-one")
    _open(run, "DE000123")
    run("device", "add", "--certificate", str(who.certificate), "--account", "DE000123")
    file = _enrolment(folder, who, "DE000123", tmp_path / "ann.enrolment")
    enrolled = run("enrol", str(file))
    assert (enrolled.exit_code, enrolled.stdout) == (0, "*0123: 5 templates\n")
    assert ask("account", "list")[0]["enrolled"] == ["face", "fingerprint"]
    assert isinstance(run("enrol", str(file)).exception, OperatorError)


def test_references_are_reissued_without_their_people(run: Run, ask: Ask, folder: Path, tmp_path: Path) -> None:
    who = identity(_pki(tmp_path, "terminal-one"), "terminal-one")
    _open(run, "DE000123")
    run("device", "add", "--certificate", str(who.certificate), "--account", "DE000123")
    run("enrol", str(_enrolment(folder, who, "DE000123", tmp_path / "ann.enrolment")))

    def ids() -> set[str]:
        return {row["enrolment_id"] for row in ask("enrolment", "list")}

    first, key = ids(), (folder / "keys" / "template.key").read_bytes()
    again = run("enrolment", "reissue", "--account", "DE000123")
    assert (again.exit_code, again.stdout) == (0, "1 enrolments\n")
    assert ids().isdisjoint(first)
    assert (folder / "keys" / "template.key").read_bytes() == key
    with only_server(folder / "data"):
        assert isinstance(run("enrolment", "reissue", "--new-key").exception, AlreadyRunningError)
    assert run("enrolment", "reissue", "--new-key").stdout == "1 enrolments\n"
    assert (folder / "keys" / "template.key").read_bytes() != key
    assert run("enrolment", "reissue", "--new-key", "--account", "DE000123").exit_code == 2
    assert isinstance(run("enrolment", "reissue", "--account", "DE999").exception, OperatorError)


def test_nothing_has_happened_yet(run: Run, ask: Ask) -> None:
    assert ask("payments", "list") == ask("counters") == ask("ledger", "list") == ask("ledger", "balances") == []
    assert run("payments", "list").stdout == "none\n"
    assert isinstance(run("payments", "show", "ab" * 16).exception, OperatorError)


def test_migrating_needs_the_server_to_be_stopped(run: Run, folder: Path) -> None:
    assert "version" in run("migrate").stdout
    with only_server(folder / "data"):
        assert isinstance(run("migrate").exception, AlreadyRunningError)


def test_the_broker_s_configuration_names_the_certificates(tmp_path: Path) -> None:
    pki = _pki(tmp_path)
    made = CliRunner().invoke(
        commands, ["broker-config", str(tmp_path / "broker"), "--pki", str(pki), "--port", "1884"]
    )
    assert made.stdout.startswith("mosquitto -c ")
    config = Path(made.stdout.split()[-1]).read_text()
    assert "listener 1884 127.0.0.1" in config
    assert f"cafile {pki / 'ca.pem'}" in config


@pytest.mark.parametrize(("options", "warned"), [((), True), (("--user", "root"), False)])
def test_root_is_told_whom_the_broker_becomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], warned: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    made = CliRunner().invoke(
        commands, ["broker-config", str(tmp_path / "broker"), "--pki", str(_pki(tmp_path)), *options]
    )
    assert ("--user" in made.stderr) is warned


def test_a_further_server_has_a_certificate_and_is_let_in(tmp_path: Path) -> None:
    pki = _pki(tmp_path)
    made = CliRunner().invoke(commands, ["pki", "worker", str(pki), "2"])
    assert [Path(name).name for name in made.stdout.split()] == ["server2.pem", "server2.key"]
    CliRunner().invoke(commands, ["broker-config", str(tmp_path / "broker"), "--pki", str(pki), "--workers", "2"])
    acl = (tmp_path / "broker" / "acl").read_text().splitlines()
    assert [line for line in acl if line.startswith("user ")] == [
        "user countersign-server",
        "user countersign-server.2",
    ]


def test_listings_without_json_are_tables(run: Run) -> None:
    _open(run, "DE0001")
    run("account", "deposit", "DE0001", "1", "EUR")
    lines = run("account", "list").stdout.splitlines()
    assert lines[0].split()[:3] == ["account", "name", "status"]
    assert lines[1].startswith("DE0001")
    assert "1.00 EUR" in lines[1]


def test_a_refusal_is_one_line_and_an_exit_code(folder: Path) -> None:
    (folder / "data" / "countersign.sqlite3").unlink()
    for arguments in (["account", "list"], ["run"]):
        ended = subprocess.run(
            [sys.executable, "-m", "server_mqtt", *arguments, "--config", str(folder / "server.toml")],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COUNTERSIGN_LOG_LEVEL": "error"},
        )
        assert ended.returncode == 1
        assert ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        assert line.startswith("countersign-server: no database at ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("DE0001", "a" * 32, "--reason", "never came"), "there is no payment"),
        (("DE0001", "a" * 32, "--reason", " "), "a reason is"),
        (("DE0001", "a" * 32, "--reason", "two\nlines"), "a reason is"),
    ],
)
def test_what_is_no_dispute(run: Run, arguments: tuple[str, ...], words: str) -> None:
    _open(run, "DE0001")
    result = run("account", "dispute", *arguments)
    assert isinstance(result.exception, OperatorError)
    assert words in str(result.exception)
