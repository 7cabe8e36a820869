"""`countersign-server backup`, `restore`: a copy of the SQLite database, and back."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import EXISTING_FILE, config_option, read_config
from server_mqtt.shell import backup
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.store import only_server


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup_command(file: Path, config_path: Path) -> None:
    """Copies the database to the new FILE, while the server runs; the copy is checked and durable.

    It holds what the database holds: keep it as safe as that. The keys are not in it. Of SQLite only: for PostgreSQL
    use pg_dump or pg_basebackup.
    """
    size = backup.back_up(_sqlite_folder(config_path, "pg_dump or pg_basebackup"), file)
    click.echo(f"{file}: {size} bytes")


@click.command("restore")
@click.argument("file", type=EXISTING_FILE)
@config_option
def restore_command(file: Path, config_path: Path) -> None:
    """Puts FILE, a `backup`, in the database's place. Stop the server first.

    What was there is moved to data/replaced. Everything that happened since the backup is gone: compare with a signed
    `ledger head` of later, and with the receipts. A server that has seen more refuses it until `ledger accept-loss`.
    """
    data_dir = _sqlite_folder(config_path, "pg_restore")
    data_dir.mkdir(parents=True, exist_ok=True)
    with only_server(data_dir):
        if (data_dir / backup.REPLACED).exists():
            raise OperatorError(f"{data_dir / backup.REPLACED} exists from an earlier restore: move it elsewhere first")
        backup.restore(data_dir, file)
    click.echo(f"{data_dir}: restored; what was there is in {backup.REPLACED}/. Look at it with `ledger verify`.")


def _sqlite_folder(config_path: Path, otherwise: str) -> Path:
    place = read_config(config_path).database
    if not isinstance(place, Path):
        raise OperatorError(f"this database is PostgreSQL: use {otherwise}")
    return place
