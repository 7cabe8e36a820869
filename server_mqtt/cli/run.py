"""`countersign-server run`: the server itself."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.app import serve
from server_mqtt.cli.common import config_option, read_config


@click.command("run")
@config_option
def run_command(config_path: Path) -> None:
    """Runs the server until SIGTERM. READY on standard output says that it hears terminals; the log is JSON lines."""
    serve(read_config(config_path))
