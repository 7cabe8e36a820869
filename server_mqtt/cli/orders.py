"""`countersign-server order`, `payments refund` and `payments release`: money that two operators move."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.cli.accounts import checked_amount
from server_mqtt.cli.biometrics import checked_reason
from server_mqtt.cli.common import config_option, json_option, limit_option, now_ms, opened, read_config, show, writing
from server_mqtt.cli.operators import as_option, key_option
from server_mqtt.flow.orders import OrderKind
from server_mqtt.shell import orders, payments
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.history import told_amount
from server_mqtt.shell.keys import load_keys
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.races import until_won
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.statements import AskedOrder
from server_mqtt.shell.store import Store
from server_mqtt.shell.turn import Turn

amount_option: Final = click.option("--amount", help="So much of it, such as 12.50; all that is left if not given.")
reason_option: Final = click.option("--reason", required=True, help="Why, for the record; the other operator reads it.")


@click.command("refund")
@click.argument("payment_id")
@amount_option
@reason_option
@as_option
@key_option
@config_option
def refund_command(
    payment_id: str, amount: str | None, reason: str, by: str, key: Ed25519PrivateKey, config_path: Path
) -> None:
    """Asks for money of PAYMENT_ID to go back to the payer: out of the hold, or from the payee who was paid."""
    _ask(OrderKind.REFUND, payment_id, amount, reason, by, key, config_path)


@click.command("release")
@click.argument("payment_id")
@amount_option
@reason_option
@as_option
@key_option
@config_option
def release_command(
    payment_id: str, amount: str | None, reason: str, by: str, key: Ed25519PrivateKey, config_path: Path
) -> None:
    """Asks for held money of PAYMENT_ID to go to the payee, although they were not verified."""
    _ask(OrderKind.RELEASE, payment_id, amount, reason, by, key, config_path)


@click.group("order")
def order_group() -> None:
    """Refunds and releases that one operator asked for and another approves."""


@order_group.command("list")
@click.option("--state", type=click.Choice(orders.STATES), help="Only those in this state.")
@click.option("--payment", "payment_id", help="Only those of this payment.")
@limit_option
@json_option
@config_option
def list_command(state: str | None, payment_id: str | None, limit: int, config_path: Path, as_json: bool) -> None:
    """Lists the newest orders: what, why, who asked for it, who answered."""
    with opened(config_path) as store, store.read() as connection:
        show(orders.list_orders(connection, limit, state, payment_id), as_json=as_json)


@order_group.command("approve")
@click.argument("order_id")
@as_option
@key_option
@config_option
def approve_command(order_id: str, by: str, key: Ed25519PrivateKey, config_path: Path) -> None:
    """Carries ORDER_ID out, at once. Another operator than the one who asked for it; both terminals are told."""
    config = read_config(config_path)
    turns = PaymentTurns(Voice(load_keys(config.key_files).signing), config.policies)
    with opened(config_path) as store:
        at_ms = now_ms(store)
        # A server that runs beside may be in the way.
        done = until_won(store, lambda: _approve(store, turns, order_id, by, key, at_ms))
    click.echo(f"order {order_id} is carried out" if done else f"order {order_id} was carried out before")


@order_group.command("reject")
@click.argument("order_id")
@as_option
@key_option
@config_option
def reject_command(order_id: str, by: str, key: Ed25519PrivateKey, config_path: Path) -> None:
    """Ends ORDER_ID; nothing is moved. Whoever asked for it may take it back this way."""
    with writing(config_path) as (connection, at_ms):
        orders.reject(connection, order_id, by, key, at_ms)
    click.echo(f"order {order_id} is rejected")


def _ask(
    kind: OrderKind,
    payment_id: str,
    amount: str | None,
    reason: str,
    by: str,
    key: Ed25519PrivateKey,
    config_path: Path,
) -> None:
    why = checked_reason(reason)
    with writing(config_path) as (connection, at_ms):
        payment = payments.find(connection, payment_id)
        if payment is None:
            raise OperatorError(f"there is no payment {payment_id}")
        wanted_minor = None if amount is None else checked_amount(amount, payment.currency)
        order = AskedOrder(
            order_id=uuid.uuid4().hex,
            payment_id=payment_id,
            kind=kind,
            amount_minor=orders.amount_to_ask(payment, kind, wanted_minor),
            currency=payment.currency,
            reason=why,
            asked_by=by,
            asked_at_ms=at_ms,
        )
        orders.ask(connection, order, key)
    click.echo(f"order {order.order_id}: {kind.value} {told_amount(order.amount_minor, order.currency)}")
    click.echo(f"Nothing has moved yet: another operator approves it with `order approve {order.order_id}`", err=True)


def _approve(store: Store, turns: PaymentTurns, order_id: str, by: str, key: Ed25519PrivateKey, at_ms: int) -> bool:
    """In one transaction."""
    with store.write() as connection:
        return orders.approve(Turn(connection=connection, now_ms=at_ms), turns, order_id, by, key)
