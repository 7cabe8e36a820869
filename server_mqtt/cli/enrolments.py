"""`countersign-server enrolment`: whose references are stored, of what, made where; anew under another key."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import config_option, json_option, limit_option, opened, read_config, show
from server_mqtt.shell import listings, people
from server_mqtt.shell.keys import load_keys
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.reissue import reissue, replace_template_key
from server_mqtt.shell.store import no_server


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


@enrolment_group.command("reissue")
@click.option("--account", help="Only this account's.")
@click.option("--new-key", is_flag=True, help="Replace the template key as well. Needs every server to be stopped.")
@config_option
def reissue_command(account: str | None, new_key: bool, config_path: Path) -> None:
    """Protects references anew, without their people: what leaked of them before matches nothing any more."""
    if account is not None and new_key:
        raise click.UsageError("a new template key is a new one for all accounts")
    config = read_config(config_path)
    if new_key:
        with no_server(config.database), opened(config_path) as store:
            made = replace_template_key(store, config.key_files.template)
    else:
        protection = ReferenceProtection(load_keys(config.key_files).template)
        with opened(config_path) as store, store.write() as connection:
            if account is not None:
                people.need_account(connection, account)
            made = reissue(connection, protection, protection, None if account is None else [account])
    click.echo(f"{made} enrolments")
