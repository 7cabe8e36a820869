"""`countersign-server risk`: what another policy would do, before it does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from server_mqtt.cli.accounts import account_argument, checked_amount
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
from server_mqtt.config import load_policies
from server_mqtt.contract.currencies import format_amount
from server_mqtt.risk.backtest import BINS, Replayed, Report, replay
from server_mqtt.risk.chart import chart
from server_mqtt.shell import listings
from server_mqtt.shell.decisions import decisions_since
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.history import iso

NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)

BAR_WIDTH: Final = 40
"""Characters of the longest bar."""


@click.group("risk")
def risk_group() -> None:
    """The payees' risk value."""


@risk_group.command("show")
@account_argument
@click.option("--amount", default="1", show_default=True, help="As if it were paid so much now.")
@click.option("--currency", default="EUR", show_default=True, help="Of that amount.")
@json_option
@config_option
def show_command(account: str, amount: str, currency: str, config_path: Path, as_json: bool) -> None:
    """Shows ACCOUNT's risk value as a payee at this moment: every factor, its weight, and what would be held."""
    amount_minor = checked_amount(amount, currency)
    policies = read_config(config_path).policies
    with reading(config_path) as (connection, at_ms):
        risk = listings.assess_risk(connection, policies, account, amount_minor, currency, at_ms)
    if as_json:
        show_json(risk)
        return
    what = "would be held" if risk["held"] else "would not be held"
    click.echo(f"risk value {risk['value']} of at most {risk['threshold']}: {what}")
    if risk["main"]:
        click.echo(f"mainly for {risk['main']}")
    show(risk["factors"], as_json=False)


@risk_group.command("backtest")
@click.option(
    "--policy",
    "policy_path",
    type=EXISTING_FILE,
    required=True,
    help='TOML with [policy] and [policy.payee."ACCOUNT"].',
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Payments requested since then (UTC); all if not given.",
)
@click.option(
    "--chart", "chart_path", type=click.Path(dir_okay=False, path_type=Path), help="Where to put a chart (SVG)."
)
@json_option
@config_option
def backtest_command(
    policy_path: Path, since: dt.datetime | None, chart_path: Path | None, as_json: bool, config_path: Path
) -> None:
    """Replays recorded payments' risk factors under another policy: what would have been held, and what not.

    Nothing is changed. Payments whose payee was not verified are held under any policy.
    """
    policies = load_policies(policy_path, {})
    since_ms = 0 if since is None else int(since.replace(tzinfo=dt.UTC).timestamp() * 1000)
    with opened(config_path) as store, store.read() as connection:
        report = replay(decisions_since(connection, since_ms), policies)
    if chart_path is not None:
        try:
            chart_path.write_text(chart(report), encoding="utf-8")
        except OSError as error:
            raise OperatorError(f"{chart_path}: {error.strerror}") from None
    if as_json:
        show_json(_plain(report))
    else:
        _tell(report)


def _plain(report: Report) -> dict[str, Any]:
    return {
        "payments": report.payments,
        "held": report.held,
        "would_be_held": report.would_be_held,
        "newly_held": _rows(report.newly_held),
        "no_longer_held": _rows(report.no_longer_held),
        "newly_held_minor": report.newly_held_minor,
        "no_longer_held_minor": report.no_longer_held_minor,
        "reasons": report.reasons,
        "threshold": report.threshold,
        "values": report.values,
        "values_then": report.values_then,
    }


def _rows(changed: Sequence[Replayed]) -> list[dict[str, Any]]:
    return [
        {
            "payment_id": one.recorded.payment_id,
            "at": iso(one.recorded.at_ms),
            "payee": one.recorded.payee_account,
            "amount": f"{format_amount(one.recorded.amount_minor, one.recorded.currency)} {one.recorded.currency}",
            "value_then": round(one.recorded.value, 3),
            "value": round(one.value, 3),
            "main": one.main,
        }
        for one in changed
    ]


def _tell(report: Report) -> None:
    click.echo(f"{report.payments} payments; held {report.held}, would be held {report.would_be_held}")
    click.echo("\nrisk value, then | under this policy")
    highest = max(1, *report.values_then, *report.values)
    for number, (then, again) in enumerate(zip(report.values_then, report.values, strict=True)):
        for count, sign in ((then, "-"), (again, "#")):
            label = f"{number / BINS:.2f}" if sign == "-" else ""
            click.echo(f"{label:5}{sign * -(-count * BAR_WIDTH // highest)} {count}".rstrip())
    for name, changed, sums in (
        ("newly held", report.newly_held, report.newly_held_minor),
        ("no longer held", report.no_longer_held, report.no_longer_held_minor),
    ):
        click.echo(f"\n{name}: {len(changed)}{_sums(sums)}")
        if changed:
            show(_rows(changed), as_json=False)
    if report.reasons:
        click.echo(f"\nmain reasons: {', '.join(f'{name} {count}' for name, count in report.reasons.items())}")


def _sums(sums: Mapping[str, int]) -> str:
    told = ", ".join(f"{format_amount(amount_minor, currency)} {currency}" for currency, amount_minor in sums.items())
    return f" ({told})" if told else ""
