"""`countersign-server device` and `enrol`: terminals, and the references they capture."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.accounts import checked_account
from server_mqtt.cli.common import EXISTING_FILE, config_option, json_option, opened, read_config, show, writing
from server_mqtt.contract.limits import MAX_MESSAGE_BYTES
from server_mqtt.shell import history, people
from server_mqtt.shell.enrolment import enrol
from server_mqtt.shell.keys import device_of_certificate, load_keys
from server_mqtt.shell.logs import masked
from server_mqtt.shell.protection import ReferenceProtection


@click.group("device")
def device_group() -> None:
    """Terminals."""


@device_group.command("add")
@click.option("--certificate", type=EXISTING_FILE, required=True, help="The terminal's certificate (PEM).")
@click.option("--account", "owners", multiple=True, required=True, help="Whose terminal it is (may be repeated).")
@config_option
def add_command(certificate: Path, owners: tuple[str, ...], config_path: Path) -> None:
    """Makes a terminal known, or adds accounts to one that is."""
    device, key = device_of_certificate(certificate)
    owners = tuple(checked_account(account) for account in owners)
    with writing(config_path) as (connection, at_ms):
        people.add_device(connection, device, key, owners, at_ms)
    click.echo(device)


@device_group.command("revoke")
@click.argument("device")
@config_option
def revoke_command(device: str, config_path: Path) -> None:
    """From now on nothing that DEVICE says counts."""
    with opened(config_path) as store, store.write() as connection:
        people.revoke_device(connection, device)


@device_group.command("list")
@json_option
@config_option
def list_command(config_path: Path, as_json: bool) -> None:
    """Lists terminals, whose they are, and when they were last heard of."""
    with opened(config_path) as store, store.read() as connection:
        show(history.list_devices(connection), as_json=as_json)


@click.command("enrol")
@click.argument("file", type=EXISTING_FILE)
@config_option
def enrol_command(file: Path, config_path: Path) -> None:
    """Stores the references in FILE, which a terminal made. They replace the account's of the same modality."""
    config = read_config(config_path)
    keys = load_keys(config.key_files)
    with file.open("rb") as opened_file:
        payload = opened_file.read(MAX_MESSAGE_BYTES + 1)
    with writing(config_path) as (connection, at_ms):
        enrolment = enrol(connection, ReferenceProtection(keys.template), keys.sealing, payload, at_ms)
    click.echo(f"{masked(enrolment.account)}: {len(enrolment.probes)} templates")
