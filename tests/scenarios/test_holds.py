"""The rows of the flow about money that is frozen: why it is, and what alone releases it."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import PaymentState, Purpose
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.ledger.accounts import customer_account, escrow_account
from server_mqtt.risk.factors import MANY_DISPUTES
from server_mqtt.shell.people import set_flagged
from tests.scenarios.shop import BOTH, Customer, Shop

pytestmark = pytest.mark.broker


def _held(shop: Shop, payer: Customer, payee: Customer, amount_minor: int = 1_000) -> str:
    """A payment whose payee was an impostor, and whose payer went on."""
    payment_id = payer.pay(payee, amount_minor)
    payee.fail(payment_id, shop.stranger)
    payer.answer(payer.second(payment_id))
    for customer in (payer, payee):
        customer.told(payment_id, PaymentState.HELD)
    assert shop.escrow(payment_id) == amount_minor
    return payment_id


# --- escrow ---


def test_a_payee_who_was_not_verified_has_the_money_held(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _held(shop, payer, payee, 2_000)
    story = shop.story(payment_id)
    assert (story["state"], story["reason"]) == ("held", "payee_not_verified")
    assert (shop.balance(payer), shop.balance(payee)) == (8_000, 0)
    assert shop.moved(payment_id) == [
        ("hold", customer_account(payer.account), -2_000),
        ("hold", escrow_account(payment_id), 2_000),
    ]


def test_a_risky_payee_has_the_money_held_though_verified(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    with shop.server.store.write() as connection:
        set_flagged(connection, payee.account, flagged=True)
    payment_id, second = payer.pay_verified(payee)
    assert second.first_result.verdict is Verdict.VERIFIED
    assert second.hold is not None
    assert (second.hold.reason, second.hold.risk_reason) == (Reason.PAYEE_RISKY, "marked")
    payer.answer(second)
    payer.told(payment_id, PaymentState.HELD)
    assert shop.escrow(payment_id) == 1_000
    risk = shop.story(payment_id)["risk"]
    assert risk["value"] > 0.5
    assert (risk["main"], risk["factors"]["marked"]) == ("marked", 1.0)


def test_a_payee_whose_payments_were_disputed_has_the_money_held(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    for _ in range(MANY_DISPUTES):
        payment_id, second = payer.pay_verified(payee)
        assert second.hold is None
        payer.answer(second)
        payer.told(payment_id, PaymentState.SETTLED)
        shop.server.order("account", "dispute", payee.account, payment_id, "--reason", "never came")
    assert shop.story(payment_id)["disputed"]["reason"] == "never came"
    _, second = payer.pay_verified(payee)
    assert second.hold is not None
    assert (second.hold.reason, second.hold.risk_reason) == (Reason.PAYEE_RISKY, "disputed")


# --- release_instruction and release ---


def test_held_money_is_released_at_once_when_the_payee_s_terminal_appears(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _held(shop, payer, payee)
    payee.device.come_online(BOTH)
    release = payee.first(payment_id)
    assert release.purpose is Purpose.RELEASE
    payee.answer(release)
    for customer in (payer, payee):
        customer.told(payment_id, PaymentState.RELEASED)
    assert (shop.balance(payer), shop.balance(payee), shop.escrow(payment_id)) == (9_000, 1_000, 0)
    assert [state["state"] for state in shop.story(payment_id)["states"]] == [
        "awaiting_payee",
        "awaiting_payer",
        "held",
        "released",
    ]


def test_a_verification_made_before_the_hold_never_releases_it(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    with shop.server.store.write() as connection:
        set_flagged(connection, payee.account, flagged=True)
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    sent = payee.answer(first)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.HELD)
    payee.device.send_again(sent)
    assert payee.device.reply_to(sent).reason is None
    assert payee.refused(payee.capture(first)).reason is Reason.NONCE_USED
    assert shop.escrow(payment_id) == 1_000
    payee.device.come_online(BOTH)
    release = payee.first(payment_id)
    assert payee.refused(payee.capture(first)).reason is Reason.NONCE_USED
    assert shop.escrow(payment_id) == 1_000
    payee.answer(release)
    payee.told(payment_id, PaymentState.RELEASED)
    assert shop.balance(payee) == 1_000


def test_an_impostor_releases_nothing(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _held(shop, payer, payee)
    payee.device.come_online(BOTH)
    payee.fail(payment_id, shop.stranger)
    payee.told(payment_id, PaymentState.HELD)
    assert (shop.story(payment_id)["state"], shop.escrow(payment_id), shop.balance(payee)) == ("held", 1_000, 0)
