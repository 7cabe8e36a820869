"""`countersign-server ledger`: all money, entry by entry, and whether nobody touched it."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import config_option, json_option, opened, show
from server_mqtt.contract.currencies import format_amount
from server_mqtt.shell import history, journal


@click.group("ledger")
def ledger_group() -> None:
    """The journal of all money."""


@ledger_group.command("list")
@click.option("--limit", type=click.IntRange(1, 100_000), default=history.LISTED, show_default=True)
@json_option
@config_option
def list_command(limit: int, config_path: Path, as_json: bool) -> None:
    """Lists the newest entries, oldest first, a row for each posting."""
    with opened(config_path) as store, store.read() as connection:
        entries = journal.newest(connection, limit)
    show([row for chained in entries for row in history.postings_of(chained)], as_json=as_json)


@ledger_group.command("balances")
@json_option
@config_option
def balances_command(config_path: Path, as_json: bool) -> None:
    """Lists what every account of the ledger holds."""
    with opened(config_path) as store, store.read() as connection:
        balances = journal.all_balances(connection)
    rows = [
        {
            "ledger_account": name,
            "currency": currency,
            "balance": format_amount(balance_minor, currency),
            "balance_minor": balance_minor,
        }
        for (name, currency), balance_minor in balances.items()
    ]
    show(rows, as_json=as_json)
