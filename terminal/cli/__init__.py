"""`countersign-terminal`: what a technician does at a terminal, one command each."""

from __future__ import annotations

import sys

import click

from firmware_bridge.errors import SensorError
from models.errors import ModelError
from terminal.cli.bridge import bridge_commands
from terminal.cli.check import check_command
from terminal.cli.enrol import enrol_command
from terminal.cli.run import run_command
from terminal.cli.show_config import config_command
from terminal.errors import TerminalError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="countersign")
def commands() -> None:
    """A Countersign terminal."""


for command in (run_command, check_command, enrol_command, config_command, bridge_commands):
    commands.add_command(command)


def main() -> None:
    """The console script. A refusal is one line on standard error and exit code 1."""
    try:
        commands()
    except (TerminalError, ModelError, SensorError) as error:
        click.echo(f"countersign-terminal: {error}", err=True)
        sys.exit(1)
