"""`countersign-server hold`: frozen money."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import config_option, json_option, limit_option, reading, show
from server_mqtt.shell import listings


@click.group("hold")
def hold_group() -> None:
    """Frozen money."""


@hold_group.command("list")
@limit_option
@json_option
@config_option
def list_command(limit: int, config_path: Path, as_json: bool) -> None:
    """Lists payments whose money is frozen: why, how long still, how often the payee was asked."""
    with reading(config_path) as (connection, at_ms):
        rows = listings.list_holds(connection, at_ms, limit)
    if not as_json:
        # The moments are for programs: people read what is left.
        rows = [{name: row[name] for name in row if not name.endswith("_at")} for row in rows]
    show(rows, as_json=as_json)
