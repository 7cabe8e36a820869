"""`countersign-server ledger`: all money, entry by entry, and whether nobody touched it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import click

from server_mqtt.cli.common import config_option, json_option, opened, show, show_json
from server_mqtt.contract.currencies import format_amount
from server_mqtt.ledger.journal import START, Anchor
from server_mqtt.shell import history, journal
from server_mqtt.shell.errors import OperatorError

_ANCHOR: Final = re.compile(r"(?P<number>[0-9]{1,18}):(?P<hash>[0-9a-f]{64})")


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
    show([row for entry in entries for row in history.postings_of(entry)], as_json=as_json)


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


@ledger_group.command("verify")
@click.option("--anchor", help="NUMBER:HASH as an earlier `verify` printed it: that entry must still be there.")
@json_option
@config_option
def verify_command(anchor: str | None, config_path: Path, as_json: bool) -> None:
    """Reads all entries again: chain, balances, sums, frozen money. Ends with an error at the first thing wrong.

    Write the printed anchor down elsewhere: it alone proves that no entries were cut off at the end.
    """
    noted = START if anchor is None else read_anchor(anchor)
    with opened(config_path) as store, store.read() as connection:
        audit = journal.audit(connection, noted)
    last = f"{audit.last.number}:{audit.last.entry_hash.hex()}"
    if as_json:
        show_json(
            {
                "sound": not audit.findings,
                "entries": audit.entries,
                "anchor": last,
                "sums_minor": audit.sums,
                "findings": list(audit.findings),
            }
        )
    else:
        for finding in audit.findings:
            click.echo(finding)
        click.echo(f"{audit.entries} entries, anchor {last}")
    if audit.findings:
        click.echo(f"countersign-server: the ledger is not sound: {audit.findings[0]}", err=True)
        sys.exit(1)


def read_anchor(text: str) -> Anchor:
    """The anchor in NUMBER:HASH; raises OperatorError."""
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise OperatorError("an anchor is NUMBER:HASH, as `ledger verify` prints it")
    return Anchor(number=int(match["number"]), entry_hash=bytes.fromhex(match["hash"]))
