"""Holds, enrolments, risk and payments as an operator lists them; what a shell completes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, make_url

from server_mqtt.cli import commands
from server_mqtt.cli.completion import SHELLS
from server_mqtt.shell.errors import KeyFileError, OperatorError
from server_mqtt.shell.listings import left
from server_mqtt.shell.store import open_store
from tests.private_postgres import PrivatePostgres
from tests.server_mqtt.cli.conftest import Ask, Run

LISTINGS = (
    ("account", "list"),
    ("directory", "list"),
    ("device", "list"),
    ("enrolment", "list"),
    ("payments", "list"),
    ("hold", "list"),
    ("operator", "list"),
    ("order", "list"),
    ("counters",),
)

_AS_INSTALLED = "import sys; sys.argv[0] = 'countersign-server'; from server_mqtt.cli import main; main()"


@pytest.mark.parametrize("listing", LISTINGS, ids=" ".join)
def test_every_listing_speaks_json_and_to_people(run: Run, ask: Ask, listing: tuple[str, ...]) -> None:
    assert ask(*listing) == []
    assert run(*listing).stdout == "none\n"


def test_a_payee_s_risk_is_shown_factor_by_factor(run: Run, ask: Ask) -> None:
    run("account", "open", "DE0001", "--name", "Ann")
    risk = ask("risk", "show", "DE0001", "--amount", "12.50")
    by_name = {factor["factor"]: factor for factor in risk["factors"]}
    assert by_name["new_account"]["of_1"] == pytest.approx(1, abs=0.01)
    assert by_name["marked"]["adds"] == 0
    assert risk["held"] is (risk["value"] > risk["threshold"])
    run("account", "flag", "DE0001")
    marked = ask("risk", "show", "DE0001")
    assert (marked["held"], marked["main"]) == (True, "marked")
    assert "would be held" in run("risk", "show", "DE0001").stdout
    assert isinstance(run("risk", "show", "DE0002").exception, OperatorError)
    assert isinstance(run("risk", "show", "DE0001", "--amount", "1.234").exception, OperatorError)


@given(now_ms=st.integers(0, 10**13), rest_ms=st.integers(-(10**9), 10**11))
def test_what_is_left_is_told_in_two_units_at_most(now_ms: int, rest_ms: int) -> None:
    words = left(now_ms + rest_ms, now_ms).split()
    number, unit = int(words[0]), words[1]
    assert unit in {"d", "h", "min"}
    assert len(words) in {2, 4}
    ms = {"d": 86_400_000, "h": 3_600_000, "min": 60_000}[unit]
    assert number * ms <= max(rest_ms, 0) < (number + 1) * ms


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_gets_its_completion_script(shell: str) -> None:
    script = CliRunner().invoke(commands, ["completion", shell])
    assert script.exit_code == 0
    assert "_COUNTERSIGN_SERVER_COMPLETE" in script.stdout


def test_the_script_completes_commands_and_states() -> None:
    """As bash asks: by the variable, and the words typed so far."""
    for typed, completed in (
        ("countersign-server ho", "hold"),
        ("countersign-server payments list --state he", "held"),
        ("countersign-server order ap", "approve"),
        ("countersign-server payments ref", "refund"),
    ):
        words = typed.split()
        said = subprocess.run(
            [sys.executable, "-c", _AS_INSTALLED],
            env={
                "PATH": "/usr/bin:/bin",
                "_COUNTERSIGN_SERVER_COMPLETE": "bash_complete",
                "COMP_WORDS": typed,
                "COMP_CWORD": str(len(words) - 1),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"plain,{completed}" in said.stdout.splitlines(), said.stderr


@pytest.mark.fault(71)
@pytest.mark.parametrize("name", ["countersign-server", "countersign-broker"])
def test_no_terminal_gets_the_name_of_a_server(tmp_path: Path, name: str) -> None:
    runner = CliRunner()
    assert runner.invoke(commands, ["pki", "init", str(tmp_path / "pki")]).exit_code == 0
    refused = runner.invoke(commands, ["pki", "device", str(tmp_path / "pki"), name])
    assert isinstance(refused.exception, KeyFileError)
    assert not (tmp_path / "pki" / f"{name}.pem").exists()


@pytest.mark.postgres
def test_init_makes_the_database_that_the_environment_names(tmp_path: Path, postgres: PrivatePostgres) -> None:
    url: URL = postgres.new_database()
    environ = {"COUNTERSIGN_DATABASE_URL": url.render_as_string(hide_password=False)}
    made = CliRunner().invoke(commands, ["init", str(tmp_path / "server")], env=environ)
    assert made.exit_code == 0, made.output
    assert not (tmp_path / "server" / "data").exists()
    open_store(make_url(environ["COUNTERSIGN_DATABASE_URL"])).close()
