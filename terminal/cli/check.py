"""`countersign-terminal check`: everything a payment needs, tried one after the other, one line each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from firmware_bridge.errors import SensorError
from models.errors import ModelError
from terminal import logs
from terminal.cli.common import config_option, read_config
from terminal.errors import TerminalError
from terminal.self_test import Skipped, checks

_WIDTH = 20


@click.command("check")
@config_option
def check_command(config_path: Path) -> None:
    """Tries configuration, keys, disk, models, sensors, broker and server; exit code 1 if anything fails.

    Stop a terminal that is running first: it has the disk and the sensors.
    """
    logs.configure("warning")
    config = None

    def read() -> str:
        nonlocal config
        config = read_config(config_path)
        return f"{config.role.value} terminal {config.device_id}"

    works = _line("configuration", read)
    if config is not None:
        for name, check in checks(config):
            works = _line(name, check) and works
    sys.exit(0 if works else 1)


def _line(name: str, check: Callable[[], str]) -> bool:
    try:
        said, word, works = check(), "ok", True
    except Skipped as reason:
        said, word, works = str(reason), "--", True
    except (TerminalError, ModelError, SensorError) as error:
        said, word, works = str(error), "FAIL", False
    click.echo(f"{word:<5}{name:<{_WIDTH}}{said}")
    return works
