"""`countersign-server account biometrics` and `unlock`: failures, lock-outs, and the end of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from server_mqtt.cli.accounts import account_argument
from server_mqtt.cli.common import config_option, json_option, read_config, reading, show, writing
from server_mqtt.contract.messages import Modality
from server_mqtt.shell import lockouts, people, tallies
from server_mqtt.shell.errors import OperatorError

MAX_REASON_LENGTH: Final = 200
"""A sentence or two for whoever reads the record."""


def checked_reason(reason: str) -> str:
    """`reason` as it is recorded; raises OperatorError."""
    if not reason.strip() or len(reason) > MAX_REASON_LENGTH or not reason.isprintable():
        raise OperatorError(f"a reason is 1 to {MAX_REASON_LENGTH} printable characters")
    return reason.strip()


@click.command("biometrics")
@account_argument
@json_option
@config_option
def biometrics_command(account: str, config_path: Path, as_json: bool) -> None:
    """Lists what ACCOUNT is verified by: enrolled or not, failures, whether it is locked and until when."""
    policy = read_config(config_path).policies.default
    with reading(config_path) as (connection, at_ms):
        people.need_account(connection, account)
        show(lockouts.of_account(connection, policy, account, at_ms), as_json=as_json)


@click.command("unlock")
@account_argument
@click.option(
    "--modality",
    type=click.Choice([modality.value for modality in Modality]),
    help="Which; every one that failed lately if not given.",
)
@click.option("--reason", required=True, help="Why, for the record.")
@config_option
def unlock_command(account: str, modality: str | None, reason: str, config_path: Path) -> None:
    """Forgets ACCOUNT's failures in a row, so that it is asked for its biometrics again."""
    why = checked_reason(reason)
    with writing(config_path) as (connection, at_ms):
        people.need_account(connection, account)
        failing = [tally.modality for tally in tallies.of_account(connection, account) if tally.failures]
        for one in failing if modality is None else [Modality(modality)]:
            tallies.unlock(connection, account, one, why, at_ms)
    if modality is None and not failing:
        raise OperatorError(f"account {account} has no failures to forgive")
