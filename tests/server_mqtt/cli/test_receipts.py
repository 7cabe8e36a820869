"""`countersign-server receipt`: what it refuses, and that checking needs the public key alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server_mqtt.cli import commands
from server_mqtt.contract import receipt_file
from server_mqtt.shell.errors import KeyFileError, OperatorError
from server_mqtt.shell.keys import public_pem
from tests.contract.samples import RECEIPT, SEALING_KEY, SERVER_KEY
from tests.server_mqtt.cli.conftest import Run


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "signing.pub.pem"
    path.write_bytes(public_pem(SERVER_KEY))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_bytes(receipt_file.write(RECEIPT))
    return path


def verify(file: Path, key: Path) -> Result:
    return CliRunner().invoke(commands, ["receipt", "verify", str(file), "--key", str(key)])


def test_a_receipt_is_told_in_words(file: Path, key: Path) -> None:
    result = verify(file, key)
    assert result.exit_code == 0
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines()[1:])
    assert (lines["state"], lines["amount"], lines["payee"]) == ("held", "12.50 EUR", "街角面包店 (DE-4711)")
    assert lines["payer"] == "Ada Byron (*001)"
    assert (lines["payee_answer"], lines["payer_answer"]) == ("ef" * 32, "fe" * 32)


def test_a_changed_receipt_is_not_valid(file: Path, key: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"table 7", b"table 8"))
    result = verify(file, key)
    assert isinstance(result.exception, OperatorError)
    assert "not valid" in str(result.exception)
    assert result.stdout == ""


def test_another_kind_of_key_is_named(file: Path, key: Path) -> None:
    for content in (public_pem(SEALING_KEY), b"no key"):
        key.write_bytes(content)
        assert isinstance(verify(file, key).exception, KeyFileError)


@pytest.mark.parametrize("command", [["show"], ["export", "--state", "held"]])
def test_a_payment_without_a_receipt_is_named(run: Run, tmp_path: Path, command: list[str]) -> None:
    target = [str(tmp_path / "out.json")] if command[0] == "export" else []
    result = run("receipt", *command, "ab" * 16, *target)
    assert isinstance(result.exception, OperatorError)
    assert "there is no receipt" in str(result.exception)
    assert not (tmp_path / "out.json").exists()
