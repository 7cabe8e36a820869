"""`countersign-terminal enrol`: captures one person's references into a file for the server."""

from __future__ import annotations

import re
from pathlib import Path

import click

from models.comparison.enrolment import IMPRESSIONS_MAX, IMPRESSIONS_MIN
from server_mqtt.contract.limits import ACCOUNT_PATTERN
from terminal import logs
from terminal.cli.common import config_option, read_config
from terminal.devices.making import make_sensors
from terminal.enrolment import Wanted, capture_enrolment
from terminal.errors import EnrolmentError
from terminal.private_file import write_private
from terminal.texts.safe import masked


def _fingers(_context: click.Context, _parameter: click.Parameter, value: int) -> int:
    if value != 0 and not IMPRESSIONS_MIN <= value <= IMPRESSIONS_MAX:
        raise click.BadParameter(f"{IMPRESSIONS_MIN} to {IMPRESSIONS_MAX} impressions, or 0 for no finger")
    return value


@click.command("enrol")
@click.option("--account", required=True, help="Whose references these will be.")
@click.option("--out", "out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A new file.")
@click.option("--face/--no-face", default=True, show_default=True, help="The face, with the configured camera.")
@click.option(
    "--fingers",
    type=int,
    default=IMPRESSIONS_MIN,
    show_default=True,
    callback=_fingers,
    help=f"Impressions of one finger, {IMPRESSIONS_MIN} to {IMPRESSIONS_MAX}; 0 for none.",
)
@config_option
def enrol_command(account: str, out: Path, face: bool, fingers: int, config_path: Path) -> None:
    """Guides a person through the captures, then writes FILE for `countersign-server enrol`.

    Stop a terminal that is running first: it has the sensors.
    """
    logs.configure("warning")
    if not re.fullmatch(ACCOUNT_PATTERN, account):
        raise EnrolmentError("this is no account number")
    _refuse_existing(out)
    config = read_config(config_path)
    sensors = make_sensors(config, None, None)
    try:
        wanted = Wanted(
            account=account,
            camera=sensors.camera() if face else None,
            reader=sensors.reader() if fingers else None,
            impressions=fingers or IMPRESSIONS_MIN,
        )
        payload = capture_enrolment(config, wanted, click.echo)
    finally:
        sensors.close()
    _write(out, payload)
    click.echo(f"{out}: references of {masked(account)}, sealed. Next: countersign-server enrol {out.name}")


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise EnrolmentError(f"{path} exists: give the name of a new file")


def _write(path: Path, payload: bytes) -> None:
    try:
        write_private(path, payload)
    except OSError as error:
        raise EnrolmentError(f"{path} cannot be written: {error.strerror}") from error
