"""`countersign-server receipt`: what was signed of payments, for people, as files, and checked by anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import msgspec

from server_mqtt.cli.common import EXISTING_FILE, config_option, json_option, opened, show_json
from server_mqtt.contract import receipt_file
from server_mqtt.contract.currencies import format_amount
from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.receipt import Document, ReceiptError, digest
from server_mqtt.shell import history, receipts
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.keys import load_public
from server_mqtt.shell.receipts import StoredReceipt

_WIDTH: Final = 17
"""Columns of the names in front of what is shown."""

state_option: Final = click.option(
    "--state",
    type=click.Choice([state.value for state in PaymentState]),
    help="The receipt of this state; if not given, the newest.",
)


@click.group("receipt")
def receipt_group() -> None:
    """Signed receipts of payments."""


@receipt_group.command("show")
@click.argument("payment_id")
@json_option
@config_option
def show_command(payment_id: str, config_path: Path, as_json: bool) -> None:
    """Shows all receipts of a payment, oldest first."""
    stored = _stored(config_path, payment_id)
    if as_json:
        show_json([{"digest": digest(one.receipt.document).hex(), **_values(_read(one))} for one in stored])
        return
    for number, one in enumerate(stored):
        if number:
            click.echo()
        _tell(_read(one), digest(one.receipt.document).hex())


@receipt_group.command("export")
@click.argument("payment_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--for",
    "reader",
    type=click.Choice([role.value for role in Role]),
    default=Role.PAYEE.value,
    show_default=True,
    help="The payer's copy names their account and proves it; nobody else should get it.",
)
@state_option
@config_option
def export_command(payment_id: str, file: Path, reader: str, state: str | None, config_path: Path) -> None:
    """Writes a receipt to FILE, which must not exist."""
    fitting = [one for one in _stored(config_path, payment_id) if state in (None, one.state.value)]
    if not fitting:
        raise OperatorError(f"payment {payment_id} has no receipt of state {state}")
    chosen = fitting[-1]
    account = chosen.payer_account if reader == Role.PAYER else None
    try:
        content = receipt_file.write(chosen.receipt, account)
        with file.open("xb") as opened_file:
            opened_file.write(content)
    except (OSError, ReceiptError) as error:
        raise OperatorError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    click.echo(f"{file}: {chosen.state.value}, revision {chosen.receipt.revision}")


@receipt_group.command("verify")
@click.argument("file", type=EXISTING_FILE)
@click.option("--key", "key_path", type=EXISTING_FILE, required=True, help="The server's signing.pub.pem.")
@json_option
def verify_command(file: Path, key_path: Path, as_json: bool) -> None:
    """Says whether FILE is a receipt as the server signed it. Needs nothing but the public key."""
    key = load_public(key_path)
    try:
        content = file.read_bytes()
        verified = receipt_file.verify(key, content)
    except (OSError, ReceiptError) as error:
        raise OperatorError(f"{file} is not valid: {getattr(error, 'strerror', None) or error}") from None
    if as_json:
        show_json({"valid": True, "digest": verified.digest, **_values(verified.receipt)})
        return
    click.echo("valid")
    _tell(verified.receipt, verified.digest)
    if verified.payer_account is not None:
        click.echo(f"{'payer_account':{_WIDTH}}{verified.payer_account}")


def _stored(config_path: Path, payment_id: str) -> list[StoredReceipt]:
    with opened(config_path) as store, store.read() as connection:
        stored = receipts.of_payment(connection, payment_id)
    if not stored:
        raise OperatorError(f"there is no receipt of a payment {payment_id}")
    return stored


def _read(stored: StoredReceipt) -> Document:
    try:
        return msgspec.json.decode(stored.receipt.document, type=Document)
    except msgspec.DecodeError as error:
        raise OperatorError(f"this program cannot read the receipt: {error}") from None


def _values(document: Document) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(document)
    return values


def _tell(document: Document, digest_hex: str) -> None:
    first = document.first_result
    lines = {
        "payment": document.payment_id,
        "state": document.state.value,
        "reason": "" if document.reason is None else document.reason.value,
        "amount": f"{format_amount(document.amount_minor, document.currency)} {document.currency}",
        "payee": f"{document.payee_name} ({document.payee_account})",
        "payer": f"{document.payer_name} ({document.payer_account_masked})",
        "reference": document.reference,
        "requested_at": history.iso(document.requested_at_ms),
        "first_result": "" if first is None else first.verdict.value,
        "second_result": "" if document.second_verdict is None else document.second_verdict.value,
        "issued_at": history.iso(document.issued_at_ms),
        "ledger_entry": f"{document.ledger.entry_number} {document.ledger.entry_hash}",
        "digest": digest_hex,
    }
    for name, minor in (("released", document.released_minor), ("refunded", document.refunded_minor)):
        if minor:
            lines[name] = f"{format_amount(minor, document.currency)} {document.currency}"
    answers = [(f"{answer.role.value}_answer", answer.answer_hash) for answer in document.answers]
    for name, value in (*lines.items(), *answers):
        click.echo(f"{name:{_WIDTH}}{value}")
