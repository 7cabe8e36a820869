"""`countersign-server pki`: certificates for a private installation."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import FOLDER
from server_mqtt.contract.topics import TopicError
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.mosquitto import MAX_WORKERS
from server_mqtt.shell.pki import make_device, make_pki, make_probe, make_worker


@click.group("pki")
def pki_group() -> None:
    """Certificates: a CA of one's own, the broker, the server, terminals."""


@pki_group.command("init")
@click.argument("folder", type=FOLDER)
@click.option("--host", "hosts", multiple=True, help="A name or address of the broker (may be repeated).")
def init_command(folder: Path, hosts: tuple[str, ...]) -> None:
    """Makes a CA in FOLDER, and the certificates of the broker, of the server and of its probe."""
    make_pki(folder, hosts or ("localhost", "127.0.0.1"))
    click.echo(f"{folder}: ca, broker, server, probe")


@pki_group.command("probe")
@click.argument("folder", type=FOLDER)
def probe_command(folder: Path) -> None:
    """Makes the certificate by which a server tries its broker at the start (`init` makes one, too)."""
    files = make_probe(folder)
    click.echo(f"{files.certificate} {files.key}")


@pki_group.command("worker")
@click.argument("folder", type=FOLDER)
@click.argument("number", type=click.IntRange(2, MAX_WORKERS))
def worker_command(folder: Path, number: int) -> None:
    """Makes the certificate and key of another server on the same PostgreSQL: NUMBER is 2, 3, ..."""
    files = make_worker(folder, number)
    click.echo(f"{files.certificate} {files.key}")


@pki_group.command("device")
@click.argument("folder", type=FOLDER)
@click.argument("name")
def device_command(folder: Path, name: str) -> None:
    """Makes the certificate and key of the terminal NAME with the CA in FOLDER."""
    try:
        files = make_device(folder, name)
    except TopicError as error:
        raise OperatorError(str(error)) from None
    click.echo(f"{files.certificate} {files.key}")
