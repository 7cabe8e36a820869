"""`countersign-terminal run`: the terminal in its window."""

from __future__ import annotations

from pathlib import Path

import click

from terminal import logs
from terminal.cli.common import config_option, read_config


@click.command("run")
@config_option
def run_command(config_path: Path) -> None:
    """Opens the window and serves, until it is closed or the process is told to end (SIGTERM)."""
    config = read_config(config_path)
    logs.configure(config.log.level)
    from terminal.app import run_app  # late: it opens the graphics libraries, which no other command needs

    run_app(config)
