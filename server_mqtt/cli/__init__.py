"""`countersign-server`: what an operator does, one command each. Every listing speaks JSON with `--json`.

Commands that write do it in one short transaction of their own, so they may be used while the server runs: SQLite lets
one write at a time, and the other waits. Only `run` takes the lock that keeps a second server out.
"""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import DBAPIError

from server_mqtt.cli.accounts import account_group, directory_group
from server_mqtt.cli.backup import backup_command, restore_command
from server_mqtt.cli.biometrics import biometrics_command, unlock_command
from server_mqtt.cli.completion import completion_command
from server_mqtt.cli.devices import device_group, enrol_command
from server_mqtt.cli.enrolments import enrolment_group
from server_mqtt.cli.holds import hold_group
from server_mqtt.cli.ledger import ledger_group
from server_mqtt.cli.operators import operator_group
from server_mqtt.cli.orders import order_group, refund_command, release_command
from server_mqtt.cli.payments import counters_command, payments_group
from server_mqtt.cli.pki import pki_group
from server_mqtt.cli.policy import policy_group
from server_mqtt.cli.receipts import receipt_group
from server_mqtt.cli.risk import risk_group
from server_mqtt.cli.run import run_command
from server_mqtt.cli.set_up import broker_config_command, init_command, migrate_command
from server_mqtt.shell.errors import ServerError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="countersign")
def commands() -> None:
    """The Countersign transaction server."""


for command in (
    init_command,
    migrate_command,
    run_command,
    account_group,
    directory_group,
    device_group,
    enrol_command,
    enrolment_group,
    payments_group,
    operator_group,
    order_group,
    hold_group,
    ledger_group,
    receipt_group,
    counters_command,
    policy_group,
    risk_group,
    pki_group,
    broker_config_command,
    backup_command,
    restore_command,
    completion_command,
):
    commands.add_command(command)


for command in (biometrics_command, unlock_command):
    account_group.add_command(command)

for command in (refund_command, release_command):
    payments_group.add_command(command)


def main() -> None:
    """The console script. A refusal, or a database that fails, is one line on standard error and exit code 1."""
    try:
        commands()
    except ServerError as error:
        click.echo(f"countersign-server: {error}", err=True)
        sys.exit(1)
    except DBAPIError as error:
        click.echo(f"countersign-server: the database refuses: {error.orig}", err=True)
        sys.exit(1)
