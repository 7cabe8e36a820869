"""`countersign-server operator`: the people who may order refunds and releases, two at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.cli.common import EXISTING_FILE, config_option, json_option, opened, show, writing
from server_mqtt.shell import operators
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.keys import load_public, private_pem, read_own_key, write_private

NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)

as_option: Final = click.option("--as", "by", required=True, metavar="NAME", help="Your own name as an operator.")
key_option: Final = click.option(
    "--key",
    "key",
    type=click.File("rb"),
    required=True,
    callback=lambda _context, _parameter, file: read_own_key(file, getattr(file, "name", "-")),
    help="Your own key, which only you can read; '-' is standard input.",
)


@click.group("operator")
def operator_group() -> None:
    """People who may order refunds and releases: one asks, another approves."""


@operator_group.command("add")
@click.argument("name")
@click.option("--key", "key_path", type=NEW_FILE, help="Where to put NAME's new key; nobody else keeps it.")
@click.option("--public", "public_path", type=EXISTING_FILE, help="Or the public half (PEM) of a key that NAME made.")
@config_option
def add_command(name: str, key_path: Path | None, public_path: Path | None, config_path: Path) -> None:
    """Adds NAME, with a new key or one that they made. Anybody after the first two is confirmed by two operators."""
    if (key_path is None) is (public_path is None):
        raise OperatorError("give either --key, for a new one, or --public")
    made = Ed25519PrivateKey.generate()
    with writing(config_path) as (connection, at_ms):
        public = made.public_key() if public_path is None else load_public(public_path)
        status = operators.add(connection, name, public, at_ms)
        if key_path is not None:
            # Within the transaction: nobody is an operator whose key was never written.
            write_private(key_path, private_pem(made))
    click.echo(f"{name} is {status}" + ("" if key_path is None else f"; their key is in {key_path}"))
    if status == operators.WAITING:
        click.echo(f"{operators.CONFIRMATIONS} operators confirm that it is theirs: `operator confirm {name}`")


@operator_group.command("confirm")
@click.argument("name")
@as_option
@key_option
@config_option
def confirm_command(name: str, by: str, key: Ed25519PrivateKey, config_path: Path) -> None:
    """Says that you know NAME, and that the key that was added is theirs."""
    with writing(config_path) as (connection, at_ms):
        missing = operators.confirm(connection, name, by, key, at_ms)
    click.echo(f"{name} is {operators.ACTIVE}" if not missing else f"{missing} more must confirm {name}")


@operator_group.command("revoke")
@click.argument("name")
@as_option
@key_option
@config_option
def revoke_command(name: str, by: str, key: Ed25519PrivateKey, config_path: Path) -> None:
    """From now on nothing that NAME signs counts; what they asked for is not approved any more."""
    with writing(config_path) as (connection, at_ms):
        left = operators.revoke(connection, name, by, key, at_ms)
    click.echo(f"{name} is {operators.REVOKED}; {left} active operators are left")


@operator_group.command("list")
@json_option
@config_option
def list_command(config_path: Path, as_json: bool) -> None:
    """Lists who there is and was, and who confirmed them."""
    with opened(config_path) as store, store.read() as connection:
        show(operators.list_all(connection), as_json=as_json)
