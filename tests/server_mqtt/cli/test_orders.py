"""Operators and their orders at the command line: keys, listings, completion, and words for what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from server_mqtt.cli import commands
from server_mqtt.contract.messages import PaymentState
from server_mqtt.escrow import movements
from server_mqtt.shell import journal, payments, people
from server_mqtt.shell.errors import KeyFileError, OperatorError
from server_mqtt.shell.keys import private_pem, public_pem
from server_mqtt.shell.store import open_store
from tests.server_mqtt.cli.conftest import Ask, Run
from tests.server_mqtt.flow.world import held

REASON = ("--reason", "the goods came back")


@pytest.fixture
def keys(run: Run, tmp_path: Path) -> Path:
    """Where Olga's and Omar's keys are."""
    for name in ("olga", "omar"):
        added = run("operator", "add", name, "--key", str(tmp_path / name))
        assert added.stdout == f"{name} is active; their key is in {tmp_path / name}\n"
    return tmp_path


@pytest.fixture
def payment_id(run: Run, folder: Path) -> str:
    """A payment of 12.50 EUR that is held."""
    payment = replace(held().it, open=None, payee_devices=())
    for account in (payment.payer_account, payment.payee_account):
        assert run("account", "open", account, "--name", "Somebody").exit_code == 0
    assert run("account", "deposit", payment.payer_account, "100", "EUR").exit_code == 0
    store = open_store(folder / "data")
    with store.write() as connection:
        hold = payment.hold
        assert hold is not None
        far = replace(payment, hold=replace(hold, expires_at_ms=4 * 10**12))
        till = Ed25519PrivateKey.generate().public_key()
        people.add_device(connection, payment.payer_device, till, [payment.payer_account], 0)
        payments.store(connection, None, far, payment.requested_at_ms)
        movement = movements.hold(payment.payment_id, payment.payer_account, payment.currency, payment.amount_minor)
        journal.append(connection, movement, payment.requested_at_ms)
    store.close()
    return payment.payment_id


def _mine(keys: Path, who: str) -> tuple[str, ...]:
    return "--as", who, "--key", str(keys / who)


def test_a_key_is_its_owner_s_and_never_overwritten(run: Run, ask: Ask, keys: Path) -> None:
    assert [(row["operator"], row["status"]) for row in ask("operator", "list")] == [
        ("olga", "active"),
        ("omar", "active"),
    ]
    key = keys / "olga"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    assert isinstance(run("operator", "add", "otto", "--key", str(key)).exception, KeyFileError)
    assert key.read_bytes() == before
    key.chmod(0o640)
    read_by_others = run("operator", "revoke", "omar", *_mine(keys, "olga")).exception
    assert isinstance(read_by_others, KeyFileError)
    assert "can be read by others" in str(read_by_others)


def test_a_key_may_be_made_elsewhere_and_come_in_on_standard_input(
    folder: Path, run: Run, ask: Ask, keys: Path
) -> None:
    """So whoever runs commands as the server's user still needs their own key, which that user cannot read."""
    otto, wrong = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    (keys / "otto.pub.pem").write_bytes(public_pem(otto))
    added = run("operator", "add", "otto", "--public", str(keys / "otto.pub.pem"))
    assert added.stdout.startswith("otto is waiting\n")
    assert isinstance(run("operator", "add", "ottilie").exception, OperatorError)
    confirm = ["operator", "confirm", "otto", "--as", "olga", "--key", "-", "--config", str(folder / "server.toml")]
    for given in (b"no key", private_pem(wrong), b""):
        assert isinstance(CliRunner().invoke(commands, confirm, input=given).exception, KeyFileError)
    assert CliRunner().invoke(commands, confirm, input=(keys / "olga").read_bytes()).exit_code == 0
    assert ask("operator", "list")[2]["confirmed_by"] == ["olga"]


def test_a_third_operator_is_confirmed_by_two(run: Run, ask: Ask, keys: Path) -> None:
    added = run("operator", "add", "otto", "--key", str(keys / "otto")).stdout
    assert "otto is waiting" in added
    assert "operator confirm otto" in added
    assert run("operator", "confirm", "otto", *_mine(keys, "olga")).stdout == "1 more must confirm otto\n"
    assert run("operator", "confirm", "otto", *_mine(keys, "omar")).stdout == "otto is active\n"
    assert ask("operator", "list")[2]["confirmed_by"] == ["olga", "omar"]
    revoked = run("operator", "revoke", "omar", *_mine(keys, "otto")).stdout
    assert revoked == "omar is revoked; 2 active operators are left\n"


def test_an_order_is_asked_for_shown_and_approved(run: Run, ask: Ask, keys: Path, payment_id: str) -> None:
    asked = run("payments", "refund", payment_id, "--amount", "2.50", *REASON, *_mine(keys, "olga"))
    assert asked.exit_code == 0, asked.exception
    (order,) = ask("order", "list", "--state", "asked", "--payment", payment_id)
    assert asked.stdout == f"order {order['order']}: refund 2.50 EUR\n"
    assert (order["kind"], order["amount"], order["asked_by"]) == ("refund", "2.50 EUR", "olga")
    assert "another operator approves it" in asked.stderr
    alone = run("order", "approve", order["order"], *_mine(keys, "olga")).exception
    assert str(alone) == "you asked for it yourself: another operator has to approve it"
    for words in ("is carried out", "was carried out before"):
        approved = run("order", "approve", order["order"], *_mine(keys, "omar"))
        assert approved.stdout == f"order {order['order']} {words}\n", approved.exception
    story = ask("payments", "show", payment_id)
    assert (story["state"], story["refunded"], story["held_minor"]) == ("held", "2.50 EUR", 1_000)
    assert [one["state"] for one in story["orders"]] == ["done"]
    assert ask("hold", "list")[0]["amount"] == "10.00 EUR"
    assert "2.50 EUR" in run("payments", "show", payment_id).stdout
    assert ask("ledger", "verify")["sound"]
    shown = run("receipt", "show", payment_id).stdout.split()
    assert shown[shown.index("refunded") + 1] == "2.50"


@pytest.mark.fault(69)
def test_a_refund_that_nobody_ordered_fails_the_ledger_s_verification(
    run: Run, folder: Path, keys: Path, payment_id: str
) -> None:
    assert run("payments", "refund", payment_id, "--amount", "2.50", *REASON, *_mine(keys, "olga")).exit_code == 0
    store = open_store(folder / "data")
    with store.write() as connection:
        payment = payments.find(connection, payment_id)
        assert payment is not None
        planted = movements.refund(payment_id, payment.payer_account, payment.currency, 250)
        journal.append(connection, planted, payment.requested_at_ms)
        changed = replace(payment, refunded_minor=250, revision=payment.revision + 1)
        payments.store(connection, payment, changed, payment.requested_at_ms)
    store.close()
    verified = run("ledger", "verify")
    assert verified.exit_code == 1
    finding = f"payment {payment_id} has 250 EUR as its refund, where two operators ordered 0"
    assert f"the ledger is not sound: {finding}" in verified.stderr


def test_an_order_without_an_amount_is_of_all_that_is_left(run: Run, ask: Ask, keys: Path, payment_id: str) -> None:
    assert run("payments", "release", payment_id, *REASON, *_mine(keys, "omar")).exit_code == 0
    (order,) = ask("order", "list")
    assert (order["kind"], order["amount"]) == ("release", "12.50 EUR")
    refused = run("order", "approve", order["order"], *_mine(keys, "olga")).exception
    assert "not in the directory" in str(refused)
    rejected = run("order", "reject", order["order"], *_mine(keys, "omar"))
    assert rejected.stdout == f"order {order['order']} is rejected\n"
    assert ask("order", "list", "--state", "rejected")[0]["answered_by"] == "omar"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("payments", "refund", "f" * 32, *REASON), "there is no payment"),
        (("payments", "refund", "HELD", "--reason", " "), "a reason is 1 to"),
        (("payments", "refund", "HELD", "--amount", "0", *REASON), "amount zero"),
        (("payments", "release", "HELD", "--amount", "12.51", *REASON), "12.50 EUR is left of it"),
        (("payments", "refund", "HELD", "--amount", "1.234", *REASON), "too precise"),
        (("order", "approve", "f" * 32), "there is no order"),
        (("order", "reject", "f" * 32), "there is no order"),
        (("operator", "revoke", "otto"), "there is no operator otto"),
        (("operator", "confirm", "omar"), "nothing to confirm"),
    ],
)
def test_what_is_wrong_is_said(run: Run, keys: Path, payment_id: str, arguments: tuple[str, ...], words: str) -> None:
    named = [payment_id if argument == "HELD" else argument for argument in arguments]
    result = run(*named, *_mine(keys, "olga"))
    assert isinstance(result.exception, OperatorError), result.output
    assert words in str(result.exception)


def test_who_is_no_operator_orders_nothing(run: Run, ask: Ask, keys: Path, payment_id: str) -> None:
    stranger = run("payments", "refund", payment_id, *REASON, "--as", "otto", "--key", str(keys / "olga")).exception
    assert "there is no operator otto" in str(stranger)
    borrowed = run("payments", "refund", payment_id, *REASON, "--as", "omar", "--key", str(keys / "olga")).exception
    assert "this key is not omar's" in str(borrowed)
    assert ask("order", "list") == []
    assert ask("payments", "show", payment_id)["state"] == PaymentState.HELD
