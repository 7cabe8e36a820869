"""`countersign-server payments` and `counters`: what has happened."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

import click

from server_mqtt.cli.common import config_option, json_option, limit_option, opened, show, show_json
from server_mqtt.contract.messages import PaymentState
from server_mqtt.shell import history
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.history import LISTED
from server_mqtt.shell.orders import list_orders

_LOOK_EVERY_S: Final = 0.5
"""How often `follow` looks: a person reads along."""


@click.group("payments")
def payments_group() -> None:
    """Payments and their histories."""


@payments_group.command("list")
@click.option("--state", type=click.Choice([state.value for state in PaymentState]), help="Only those in this state.")
@click.option("--account", help="Only those that this account pays or is paid.")
@limit_option
@json_option
@config_option
def list_command(state: str | None, account: str | None, limit: int, config_path: Path, as_json: bool) -> None:
    """Lists the newest payments."""
    with opened(config_path) as store, store.read() as connection:
        show(history.list_payments(connection, limit, state, account), as_json=as_json)


@payments_group.command("show")
@click.argument("payment_id")
@json_option
@config_option
def show_command(payment_id: str, config_path: Path, as_json: bool) -> None:
    """Shows one payment: every state with its time and reason, attempts, postings."""
    with opened(config_path) as store, store.read() as connection:
        story = history.show_payment(connection, payment_id)
        ordered = list_orders(connection, LISTED, payment_id=payment_id)
    if story is None:
        raise OperatorError(f"there is no payment {payment_id}")
    story["orders"] = ordered
    if as_json:
        show_json(story)
        return
    for name in ("id", "state", "reason", "amount", "refunded", "payer", "payee", "payer_device"):
        click.echo(f"{name:15}{story[name] or ''}")
    for name in ("first_result", "second_result", "risk", "hold", "disputed"):
        click.echo(f"{name:15}{_words(story[name])}")
    for part in ("states", "attempts", "orders", "postings"):
        click.echo(f"\n{part}")
        show(story[part], as_json=False)


@payments_group.command("follow")
@click.option("--from-start", is_flag=True, help="Everything from the first payment on, then what comes.")
@json_option
@config_option
def follow_command(from_start: bool, config_path: Path, as_json: bool) -> None:
    """Prints every change of every payment as it happens, until interrupted."""
    with opened(config_path) as store:
        number = 0
        if not from_start:
            with store.read() as connection:
                number = history.last_event(connection)
        while True:
            with store.read() as connection:
                rows = history.events_after(connection, number)
            for row in rows:
                number = row["number"]
                click.echo(json.dumps(row) if as_json else _line(row))
            if not rows:
                time.sleep(_LOOK_EVERY_S)


@click.command("counters")
@json_option
@config_option
def counters_command(config_path: Path, as_json: bool) -> None:
    """Lists what was refused, by reason, and how often."""
    with opened(config_path) as store, store.read() as connection:
        show(history.list_counters(connection), as_json=as_json)


def _words(of: history.Row | None) -> str:
    if of is None:
        return ""
    return ", ".join(f"{name} {value}" for name, value in of.items() if value not in (None, ""))


def _line(row: history.Row) -> str:
    reason = f" ({row['reason']})" if row["reason"] else ""
    return f"{row['at']} {row['payment_id'][:8]} {row['event']}: {row['from'] or '-'} -> {row['to']}{reason}"
