"""`countersign-terminal config`: what the terminal would run with."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from terminal.cli.common import config_option, read_config


@click.command("config")
@config_option
def config_command(config_path: Path) -> None:
    """Prints the effective configuration (file, environment, defaults) as JSON, the account number masked."""
    shown = msgspec.json.encode(read_config(config_path).shown())
    click.echo(msgspec.json.format(shown, indent=2).decode())
