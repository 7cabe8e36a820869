"""`countersign-server account` and `directory`: who may pay and be paid."""

from __future__ import annotations

from pathlib import Path

import click

from server_mqtt.cli.common import config_option, json_option, opened, show, writing
from server_mqtt.contract.currencies import AmountError, parse_amount
from server_mqtt.contract.limits import MAX_NAME_LENGTH, MAX_TEXT_LENGTH
from server_mqtt.contract.messages import Modality
from server_mqtt.shell import history, journal, people
from server_mqtt.shell.errors import OperatorError

account_argument = click.argument("account", callback=lambda _context, _parameter, value: checked_account(value))


def checked_account(account: str) -> str:
    """`account`, if it can be one; raises OperatorError."""
    if not people.ACCOUNT.fullmatch(account):
        raise OperatorError(f"{account!r} is no account number: 4 to 34 of A-Z, a-z, 0-9 and '-'")
    return account


def checked_name(name: str) -> str:
    """`name` as people may see it; raises OperatorError."""
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise OperatorError(f"a name is 1 to {MAX_NAME_LENGTH} printable characters")
    return name.strip()


def checked_amount(amount: str, currency: str) -> int:
    """`amount` of `currency` in minor units; raises OperatorError."""
    try:
        return parse_amount(amount, currency)
    except AmountError as error:
        raise OperatorError(f"{amount} {currency}: {error.reason.value.replace('_', ' ')}") from None


@click.group("account")
def account_group() -> None:
    """Customers' accounts."""


@account_group.command("open")
@account_argument
@click.option("--name", required=True, help="The name that the other end of a payment sees.")
@config_option
def open_command(account: str, name: str, config_path: Path) -> None:
    """Opens ACCOUNT."""
    with writing(config_path) as (connection, at_ms):
        people.open_account(connection, account, checked_name(name), at_ms)


@account_group.command("deposit")
@account_argument
@click.argument("amount")
@click.argument("currency")
@config_option
def deposit_command(account: str, amount: str, currency: str, config_path: Path) -> None:
    """Books AMOUNT (such as 12.50) of CURRENCY from outside to ACCOUNT."""
    amount_minor = checked_amount(amount, currency)
    with writing(config_path) as (connection, at_ms):
        people.need_account(connection, account)
        journal.deposit(connection, account, currency, amount_minor, at_ms)


@account_group.command("list")
@json_option
@config_option
def list_command(config_path: Path, as_json: bool) -> None:
    """Lists accounts with their balances, terminals and enrolled modalities."""
    with opened(config_path) as store, store.read() as connection:
        show(history.list_accounts(connection), as_json=as_json)


@account_group.command("block")
@account_argument
@config_option
def block_command(account: str, config_path: Path) -> None:
    """Blocks ACCOUNT: it neither pays nor is paid."""
    with opened(config_path) as store, store.write() as connection:
        people.set_status(connection, account, people.BLOCKED)


@account_group.command("unblock")
@account_argument
@config_option
def unblock_command(account: str, config_path: Path) -> None:
    """Ends a block."""
    with opened(config_path) as store, store.write() as connection:
        people.set_status(connection, account, people.ACTIVE)


@account_group.command("close")
@account_argument
@config_option
def close_command(account: str, config_path: Path) -> None:
    """Closes ACCOUNT for good. Refused while it has a part in an open payment: `block` it until that is over."""
    with opened(config_path) as store, store.write() as connection:
        people.close_account(connection, account)


@account_group.command("flag")
@account_argument
@click.option("--off", is_flag=True, help="Takes the mark away.")
@config_option
def flag_command(account: str, off: bool, config_path: Path) -> None:
    """Marks ACCOUNT as risky: payments to it are held until it is verified afresh."""
    with opened(config_path) as store, store.write() as connection:
        people.set_flagged(connection, account, flagged=not off)


@account_group.command("dispute")
@account_argument
@click.argument("payment_id")
@click.option("--reason", required=True, help="What the payer says.")
@config_option
def dispute_command(account: str, payment_id: str, reason: str, config_path: Path) -> None:
    """Notes that a payer disputes the payment PAYMENT_ID to ACCOUNT: its risk value rises for ninety days."""
    if not reason.strip() or len(reason) > MAX_TEXT_LENGTH or not reason.isprintable():
        raise OperatorError(f"a reason is 1 to {MAX_TEXT_LENGTH} printable characters")
    with writing(config_path) as (connection, at_ms):
        people.note_dispute(connection, account, payment_id, reason.strip(), at_ms)


@click.group("directory")
def directory_group() -> None:
    """Who can be paid, and under which name."""


@directory_group.command("add")
@account_argument
@click.option("--name", help="The name payers see; the account's own if not given.")
@click.option(
    "--modality",
    "modalities",
    type=click.Choice([modality.value for modality in Modality]),
    multiple=True,
    help="What the payee is verified by; both if not given.",
)
@config_option
def add_command(account: str, name: str | None, modalities: tuple[str, ...], config_path: Path) -> None:
    """Lists ACCOUNT, or changes its entry."""
    with writing(config_path) as (connection, at_ms):
        row = people.find_account(connection, account)
        if row is None:
            raise OperatorError(f"there is no account {account}: `account open` makes one")
        accepted = [Modality(name) for name in modalities] or list(Modality)
        people.list_in_directory(
            connection, account, checked_name(name if name is not None else str(row.name)), accepted, at_ms
        )


@directory_group.command("remove")
@account_argument
@config_option
def remove_command(account: str, config_path: Path) -> None:
    """Takes ACCOUNT out: payments to it are declined."""
    with opened(config_path) as store, store.write() as connection:
        people.remove_from_directory(connection, account)


@directory_group.command("list")
@json_option
@config_option
def directory_list_command(config_path: Path, as_json: bool) -> None:
    """Lists the directory."""
    with opened(config_path) as store, store.read() as connection:
        show(history.list_directory(connection), as_json=as_json)
