"""`countersign-server init`, `migrate`, `broker-config`: what is done once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from server_mqtt.cli.common import FOLDER, config_option, read_config
from server_mqtt.config import PREFIX
from server_mqtt.shell import postgres
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.keys import key_files, make_keys
from server_mqtt.shell.mosquitto import MAX_WORKERS, write_broker_config
from server_mqtt.shell.store import migrate, only_server

_EXAMPLE: Final = """\
# Countersign's transaction server. Relative paths count from this file's folder.
# Every setting can also come from the environment: COUNTERSIGN_BROKER_PORT=8884.
data_dir = "data"
# Instead of SQLite in data_dir, a PostgreSQL that several servers share; better in COUNTERSIGN_DATABASE_URL.
# database_url = "postgresql+psycopg://user:password@host/name"
signing_key = "keys/signing.pem"
sealing_key = "keys/sealing.pem"
template_key = "keys/template.key"

[broker]
host = "localhost"
port = 8883
ca = "pki/ca.pem"
certificate = "pki/server.pem"
key = "pki/server.key"
# self_test = false               # go live without having tried that the broker keeps terminals apart (pki/probe.pem)

# [retention]
# messages_days = 90              # then answers to messages, and messages that were acknowledged, are deleted

# [policy]                        # times, attempts, limits: `countersign-server policy check` shows all, with defaults
# hold_expiry_ms = 604800000
# [policy.payee."20004471"]       # the same settings for one payee alone
# amount_limit_minor = 5000
"""

_AS_ROOT: Final = (
    "Started by root, Mosquitto becomes the user mosquitto, who must then be able to read the certificates "
    "and to write broker-data; --user names another."
)


@click.command("init")
@click.argument("folder", type=FOLDER)
def init_command(folder: Path) -> None:
    """Makes FOLDER a server's: keys, an empty database, an example server.toml.

    The database is SQLite in FOLDER, or the PostgreSQL that COUNTERSIGN_DATABASE_URL names.
    """
    config = folder / "server.toml"
    if config.exists():
        raise OperatorError(f"{config} exists: this folder is a server's already")
    make_keys(key_files(folder / "keys"))
    url = os.environ.get(f"{PREFIX}DATABASE_URL")
    place = postgres.checked_url(url) if url else folder / "data"
    version = migrate(place)
    config.write_text(_EXAMPLE, encoding="utf-8")
    click.echo(f"{folder}: keys/, server.toml; {place} (version {version})")
    click.echo("Keep a copy of keys/ elsewhere: without template.key no stored reference can be read.")


@click.command("migrate")
@config_option
def migrate_command(config_path: Path) -> None:
    """Makes the tables, or brings them to this program's version. Stop every server first."""
    place = read_config(config_path).database
    with only_server(place):
        click.echo(f"version {migrate(place)}")


@click.command("broker-config")
@click.argument("folder", type=FOLDER)
@click.option("--pki", "pki", type=FOLDER, required=True, help="Where `pki init` put the certificates.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8883, show_default=True)
@click.option("--bind", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--user", help="Whom Mosquitto becomes when root starts it.")
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    default=1,
    show_default=True,
    help="How many servers share the work, all on one PostgreSQL.",
)
def broker_config_command(folder: Path, pki: Path, port: int, bind: str, user: str | None, workers: int) -> None:
    """Writes mosquitto.conf and its access list into FOLDER."""
    written = write_broker_config(folder, pki=pki, port=port, bind=bind, user=user, workers=workers)
    click.echo(f"mosquitto -c {written}")
    if user is None and os.geteuid() == 0:
        click.echo(_AS_ROOT, err=True)
