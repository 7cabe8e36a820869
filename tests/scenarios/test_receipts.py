"""Receipts of the real server: both ends have them, they bind what both ends signed, and anybody can check them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.contract.receipt import Document, Receipt, check, commitment
from server_mqtt.shell import journal
from server_mqtt.shell.schema import outbox
from tests.project_tree import ROOT
from tests.scenarios.device import WAIT_S, Device
from tests.scenarios.shop import BOTH, Customer, Shop, agreed

pytestmark = pytest.mark.broker


def given(shop: Shop, customer: Customer, payment_id: str, state: PaymentState) -> tuple[Receipt, Document]:
    """The receipt of this state that the customer's terminal was sent, checked with the server's public key."""
    public = shop.server.public.signing

    def fits(receipt: Receipt) -> bool:
        return receipt.payment_id == payment_id and check(public, receipt).state is state

    receipt = customer.device.expect(Receipt, fits)
    return receipt, check(public, receipt)


def both(shop: Shop, payer: Customer, payee: Customer, payment_id: str, state: PaymentState) -> Document:
    """What both ends' receipts say: the same, and only the payer's opens the commitment to their account."""
    of_payer, document = given(shop, payer, payment_id, state)
    of_payee, _ = given(shop, payee, payment_id, state)
    assert (of_payer.document, of_payer.signature) == (of_payee.document, of_payee.signature)
    assert of_payee.opening is None
    assert of_payer.opening is not None
    assert commitment(payer.account, of_payer.opening) == document.payer_commitment
    assert payer.account.encode() not in of_payee.document
    return document


def offline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in another folder: no configuration, no database, nothing of the server."""
    command = [sys.executable, "-m", "server_mqtt", *arguments]
    program = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=program, capture_output=True, text=True, check=False)


def acknowledged(shop: Shop, device: Device, payment_id: str) -> bool:
    mine = (outbox.c.device == device.name) & (outbox.c.payment_id == payment_id) & (outbox.c.kind == "receipt")
    with shop.server.read() as connection:
        rows = connection.execute(select(outbox.c.acked_at_ms).where(mine)).all()
    return bool(rows) and all(row.acked_at_ms is not None for row in rows)


def test_a_settled_payment_s_receipt_binds_what_both_ends_signed(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee, 1_200)
    first = payee.first(payment_id)
    payee_sent = payee.answer(first)
    second = payer.second(payment_id)
    payer_sent = payer.answer(second)
    document = both(shop, payer, payee, payment_id, PaymentState.SETTLED)
    assert (document.amount_minor, document.currency, document.payee_account) == (1_200, "EUR", payee.account)
    assert [(one.role, one.nonce, one.answer_hash, one.verdict) for one in document.answers] == [
        (Role.PAYEE, first.nonce.hex(), payee_sent.content_hash.hex(), Verdict.VERIFIED),
        (Role.PAYER, second.nonce.hex(), payer_sent.content_hash.hex(), Verdict.VERIFIED),
    ]
    assert document.consent == agreed(second)
    with shop.server.read() as connection:
        (entry,) = journal.entries_of(connection, payment_id)
    assert (document.ledger.entry_number, document.ledger.entry_hash) == (entry.number, entry.entry_hash.hex())
    (shown,) = shop.server.ask("receipt", "show", payment_id)
    assert (shown["state"], shown["ledger"]["entry_number"]) == ("settled", entry.number)


@pytest.mark.fault(1)
def test_a_receipt_is_sent_again_until_it_is_acknowledged_and_is_made_once(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payer.device.acknowledges = False
    payment_id, second = payer.pay_verified(payee)
    sent = payer.answer(second)
    given(shop, payer, payment_id, PaymentState.SETTLED)
    payer.device.send_again(sent)
    payer.device.reply_to(sent)
    assert not acknowledged(shop, payer.device, payment_id)
    payer.device.acknowledges = True
    payer.device.come_online(BOTH)
    deadline_s = time.monotonic() + WAIT_S
    while not acknowledged(shop, payer.device, payment_id):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    assert len(payer.device.bodies(Receipt)) == 1
    assert len(shop.server.ask("receipt", "show", payment_id)) == 1


def test_held_money_has_a_receipt_and_its_release_another(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    payee.fail(payment_id, shop.stranger)
    payer.answer(payer.second(payment_id))
    held = both(shop, payer, payee, payment_id, PaymentState.HELD)
    assert (held.reason, held.held_at_ms is not None) == (Reason.PAYEE_NOT_VERIFIED, True)
    assert [one.verdict for one in held.answers] == [Verdict.NOT_VERIFIED, Verdict.VERIFIED]
    payee.device.come_online(BOTH)
    release_sent = payee.answer(payee.first(payment_id))
    released = both(shop, payer, payee, payment_id, PaymentState.RELEASED)
    assert released.answers[:2] == held.answers
    assert released.answers[2].answer_hash == release_sent.content_hash.hex()
    assert released.ledger.entry_number > held.ledger.entry_number
    assert [row["state"] for row in shop.server.ask("receipt", "show", payment_id)] == ["held", "released"]


def test_a_late_decline_has_a_receipt_and_a_request_declined_at_once_has_none(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    declined, second = payer.pay_verified(payee)
    payer.fail(declined, shop.stranger, second)
    document = both(shop, payer, payee, declined, PaymentState.DECLINED)
    assert (document.reason, document.second_verdict) == (Reason.PAYER_NOT_VERIFIED, Verdict.NOT_VERIFIED)
    assert shop.moved(declined) == []
    at_once = payer.pay(payee, 999_999)
    payer.told(at_once, PaymentState.DECLINED)
    with pytest.raises(AssertionError, match="no receipt"):
        shop.server.ask("receipt", "show", at_once)


def test_anybody_checks_an_exported_receipt_with_the_public_key_alone(shop: Shop, tmp_path: Path) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee)
    payer.answer(second)
    given(shop, payee, payment_id, PaymentState.SETTLED)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "signing.pub.pem").write_bytes((shop.server.folder / "keys" / "signing.pub.pem").read_bytes())
    config = ("--config", str(shop.server.config))
    for reader in ("payee", "payer"):
        file = elsewhere / f"{reader}.json"
        made = offline(tmp_path, "receipt", "export", payment_id, str(file), "--for", reader, *config)
        assert made.returncode == 0, made.stderr
        verified = offline(elsewhere, "receipt", "verify", file.name, "--key", "signing.pub.pem", "--json")
        assert verified.returncode == 0, verified.stderr
        assert json.loads(verified.stdout)["payment_id"] == payment_id
        assert (payer.account in file.read_text()) is (reader == "payer")
    told = offline(elsewhere, "receipt", "verify", "payer.json", "--key", "signing.pub.pem")
    assert told.stdout.startswith("valid\n")
    assert payer.account in told.stdout
    changed = (elsewhere / "payee.json").read_bytes().replace(b'"amount_minor": 1000', b'"amount_minor": 1001')
    (elsewhere / "payee.json").write_bytes(changed)
    refused = offline(elsewhere, "receipt", "verify", "payee.json", "--key", "signing.pub.pem")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "payee.json is not valid" in refused.stderr
    again = offline(tmp_path, "receipt", "export", payment_id, str(elsewhere / "payer.json"), *config)
    assert again.returncode == 1, "a file is never overwritten"


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "1250"), ("EUR", "12.50"), ("BHD", "1.250")])
def test_currencies_of_every_exponent_are_paid_side_by_side(shop: Shop, currency: str, shown: str) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    ran = offline(
        shop.server.folder, "account", "deposit", payer.account, shown, currency, "--config", str(shop.server.config)
    )
    assert ran.returncode == 0, ran.stderr
    before = shop.balance(payer, currency)
    payment_id = payer.pay(payee, 1_250, currency)
    payee.answer(payee.first(payment_id))
    payer.answer(payer.second(payment_id))
    document = both(shop, payer, payee, payment_id, PaymentState.SETTLED)
    assert (document.amount_minor, document.currency) == (1_250, currency)
    assert (before - shop.balance(payer, currency), shop.balance(payee, currency)) == (1_250, 1_250)
    (row,) = [row for row in shop.server.ask("payments", "list") if row["id"] == payment_id]
    assert row["amount"] == f"{shown} {currency}"
    verified: dict[str, Any] = shop.server.ask("ledger", "verify")
    assert (verified["findings"], verified["sums_minor"][currency]) == ([], 0)
    assert set(verified["sums_minor"].values()) == {0}
