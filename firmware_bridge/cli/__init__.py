"""`countersign-bridge`: what a technician asks of the hardware, without a terminal's configuration."""

from __future__ import annotations

import click

from firmware_bridge.cli.doctor import doctor_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="countersign")
def commands() -> None:
    """The sensors of a Countersign terminal."""


commands.add_command(doctor_command)


def main() -> None:
    """The console script."""
    commands()
