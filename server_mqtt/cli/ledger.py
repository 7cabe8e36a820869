"""`countersign-server ledger`: all money, entry by entry, and whether nobody touched it."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import msgspec

from server_mqtt.cli.common import (
    EXISTING_FILE,
    config_option,
    json_option,
    opened,
    read_config,
    reading,
    show,
    show_json,
)
from server_mqtt.contract.currencies import format_amount
from server_mqtt.ledger.head import HeadError, read_head, sign_head
from server_mqtt.ledger.journal import START, Anchor
from server_mqtt.shell import history, journal
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.fence import Fence
from server_mqtt.shell.keys import load_keys, read_key_file
from server_mqtt.shell.orders_audit import check_orders

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


@ledger_group.command("head")
@json_option
@config_option
def head_command(config_path: Path, as_json: bool) -> None:
    """Prints the newest entry's number and hash, signed. Keep `--json`'s output elsewhere, for `verify --head`."""
    keys = load_keys(read_config(config_path).key_files)
    with reading(config_path) as (connection, at_ms):
        head = sign_head(keys.signing, journal.last_anchor(connection), at_ms)
    if as_json:
        show_json(msgspec.to_builtins(head))
        return
    click.echo(f"entry      {head.entry_number}")
    click.echo(f"hash       {head.entry_hash}")
    click.echo(f"at         {history.iso(head.at_ms)}")
    click.echo(f"signature  {head.signature}")


@ledger_group.command("verify")
@click.option("--head", "head_path", type=EXISTING_FILE, help="A head that `ledger head --json` printed earlier.")
@click.option("--anchor", help="NUMBER:HASH as an earlier `verify` printed it: that entry must still be there.")
@json_option
@config_option
def verify_command(anchor: str | None, head_path: Path | None, config_path: Path, as_json: bool) -> None:
    """Reads all entries again: chain, balances, frozen money, every payment's sums, what operators ordered.

    Ends with an error that names the first thing wrong. Keep a head (or the printed anchor) elsewhere: that alone
    proves that no entries were cut off at the end.
    """
    if anchor is not None and head_path is not None:
        raise OperatorError("give either --anchor or --head")
    noted = START if anchor is None else read_anchor(anchor)
    if head_path is not None:
        noted = _read_head(head_path, config_path)
    with opened(config_path) as store:
        store.check()
        with store.read() as connection:
            audit = journal.audit(connection, noted)
            audit = replace(audit, findings=(*audit.findings, *check_orders(connection)))
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


@ledger_group.command("accept-loss")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def accept_loss_command(yes: bool, config_path: Path) -> None:
    """Takes an older copy of the database for the right one: what this server has seen beyond it is lost.

    A server refuses a restored backup, or a standby that was behind when it was promoted, until the right database is
    back or this is said, for each server's folder. Receipts at the terminals tell which payments are missing.
    """
    config = read_config(config_path)
    fence = Fence(config.data_path)
    with opened(config_path) as store, store.read() as connection:
        click.echo(f"the database has {fence.lacks(connection)}")
        if not yes:
            click.confirm("Is what is missing lost for good?", abort=True)
        kept = fence.accept_loss(connection)
    click.echo(f"accepted; what was seen is kept in {kept}")


def _read_head(path: Path, config_path: Path) -> Anchor:
    """The place in the chain that the head in `path` names, if this server signed it."""
    keys = load_keys(read_config(config_path).key_files)
    try:
        return read_head(keys.signing.public_key(), read_key_file(path)).anchor
    except HeadError as error:
        raise OperatorError(f"{path}: {error}") from None


def read_anchor(text: str) -> Anchor:
    """The anchor in NUMBER:HASH; raises OperatorError."""
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise OperatorError("an anchor is NUMBER:HASH, as `ledger verify` prints it")
    return Anchor(number=int(match["number"]), entry_hash=bytes.fromhex(match["hash"]))
