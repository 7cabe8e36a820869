"""`countersign-server enrolment`: whose references are stored, of what, made where. Never a template."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import config_option, json_option, limit_option, opened, show
from server_mqtt.shell import listings


@click.group("enrolment")
def enrolment_group() -> None:
    """Enrolled references."""


@enrolment_group.command("list")
@click.option("--account", help="Only this account's.")
@limit_option
@json_option
@config_option
def list_command(account: str | None, limit: int, config_path: Path, as_json: bool) -> None:
    """Lists enrolments whose references are in use, the newest first."""
    with opened(config_path) as store, store.read() as connection:
        show(listings.list_enrolments(connection, account, limit), as_json=as_json)
