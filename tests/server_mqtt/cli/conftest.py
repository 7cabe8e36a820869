"""A server's folder as `init` makes it, and its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server_mqtt.cli import commands

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    result = CliRunner().invoke(commands, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs a command on the folder; an error that `main` would tell in one line is the result's exception."""

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(commands, [*arguments, "--config", str(folder / "server.toml")])

    return invoke


@pytest.fixture
def ask(run: Run) -> Ask:
    """What a listing says in JSON."""

    def listing(*arguments: str) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, (result.output, result.exception)
        return json.loads(result.stdout)

    return listing
