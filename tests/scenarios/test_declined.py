"""Requests that are declined, each with a reason the terminal can show; nothing moves, the payee hears nothing."""

from __future__ import annotations

import msgspec
import pytest

from server_mqtt.contract.limits import MAX_AMOUNT_MINOR
from server_mqtt.contract.messages import FirstInstruction, Modality, PaymentState, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell import people
from tests.scenarios.device import new_id
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker


def _declined(shop: Shop, payer: Customer, payee: Customer | str, amount_minor: int, currency: str = "EUR") -> Reason:
    """Why this request is declined, having seen that it moved nothing and that nobody was asked."""
    entries = shop.traces()[1]
    payment_id = payer.pay(payee, amount_minor, currency)
    told = payer.told(payment_id, PaymentState.DECLINED)
    assert told.reason is not None
    story = shop.story(payment_id)
    assert (story["state"], story["reason"], story["postings"]) == ("declined", told.reason.value, [])
    assert shop.traces()[1] == entries
    if isinstance(payee, Customer):
        assert payee.device.bodies(FirstInstruction) == []
    return told.reason


@pytest.mark.fault(29)
@pytest.mark.parametrize(
    ("amount_minor", "currency", "reason"),
    [
        (0, "EUR", Reason.AMOUNT_ZERO),
        (-1, "EUR", Reason.AMOUNT_NEGATIVE),
        (-MAX_AMOUNT_MINOR, "EUR", Reason.AMOUNT_NEGATIVE),
        (MAX_AMOUNT_MINOR, "EUR", Reason.AMOUNT_TOO_LARGE),
        (1_000_001, "EUR", Reason.AMOUNT_TOO_LARGE),
        (10_001, "EUR", Reason.INSUFFICIENT_FUNDS),
        (100, "XXX", Reason.UNKNOWN_CURRENCY),
        (100, "eur", Reason.UNKNOWN_CURRENCY),
        (100, "", Reason.UNKNOWN_CURRENCY),
        (100, "JPY", Reason.CURRENCY_NOT_HELD),
    ],
)
def test_amounts_that_cannot_be_paid(shop: Shop, amount_minor: int, currency: str, reason: Reason) -> None:
    assert _declined(shop, shop.customer(), shop.customer(), amount_minor, currency) is reason


@pytest.mark.fault(29)
@pytest.mark.parametrize("amount_minor", [MAX_AMOUNT_MINOR + 1, -(2**63), 12.5, "100", None, True])
def test_amounts_that_are_none_do_not_even_make_a_message(shop: Shop, amount_minor: object) -> None:
    payer, payee = shop.customer(), shop.customer()
    traces = shop.traces()
    request = msgspec.structs.replace(payer.request(payee), amount_minor=amount_minor)
    assert payer.refused(request).reason is Reason.MALFORMED
    assert shop.traces() == traces


@pytest.mark.fault(65)
def test_nobody_pays_themselves(shop: Shop) -> None:
    payer = shop.customer()
    assert _declined(shop, payer, payer.account, 100) is Reason.PAYEE_IS_PAYER


def test_a_payee_of_whom_the_server_never_heard(shop: Shop) -> None:
    assert _declined(shop, shop.customer(), "NOBODY-9", 100) is Reason.UNKNOWN_PAYEE


def test_a_payee_whose_number_is_written_in_other_letters(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    assert _declined(shop, payer, payee.account.lower(), 100) is Reason.UNKNOWN_PAYEE


def test_blocked_accounts_neither_pay_nor_are_paid(shop: Shop) -> None:
    payer, payee, other = shop.customer(), shop.customer(), shop.customer()
    with shop.server.store.write() as connection:
        people.set_status(connection, payee.account, people.BLOCKED)
    assert _declined(shop, payer, payee, 100) is Reason.ACCOUNT_BLOCKED
    assert _declined(shop, payee, other, 100) is Reason.ACCOUNT_BLOCKED


def test_an_account_of_another_terminal_cannot_pay_here(shop: Shop) -> None:
    payer, payee, thief = shop.customer(), shop.customer(), shop.customer()
    request = msgspec.structs.replace(payer.request(payee), payment_id=new_id())
    assert thief.device.ask(request).status is ReplyStatus.ACCEPTED
    told = thief.told(request.payment_id, PaymentState.DECLINED)
    assert told.reason is Reason.ACCOUNT_NOT_ON_THIS_TERMINAL
    assert (told.payer_name, told.payee_name) == ("", "")
    assert shop.balance(payer) == 10_000


def test_who_is_not_enrolled_cannot_pay(shop: Shop) -> None:
    assert _declined(shop, shop.customer(enrolled=[]), shop.customer(), 100) is Reason.PAYER_NOT_ENROLLED
    payer = shop.customer(funds_minor=200_000, enrolled=[Modality.FACE])
    assert _declined(shop, payer, shop.customer(), 150_000) is Reason.PAYER_NOT_ENROLLED


def test_money_that_was_spent_meanwhile_is_not_spent_again(shop: Shop) -> None:
    payer, one, two = shop.customer(funds_minor=1_000), shop.customer(funds_minor=0), shop.customer(funds_minor=0)
    first, second = payer.pay(one, 1_000), payer.pay(two, 1_000)
    for payee, payment_id in ((one, first), (two, second)):
        payee.answer(payee.first(payment_id))
    for payment_id in (first, second):
        payer.answer(payer.second(payment_id))
    payer.told(first, PaymentState.SETTLED)
    assert payer.told(second, PaymentState.DECLINED).reason is Reason.INSUFFICIENT_FUNDS
    assert (shop.balance(payer), shop.balance(one), shop.balance(two)) == (0, 1_000, 0)


@pytest.mark.fault(1)
@pytest.mark.fault(3)
def test_the_same_request_again_gets_the_same_reply_and_the_money_moves_once(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    request = payer.request(payee, 600)
    sent = payer.device.send(request)
    reply = payer.device.reply_to(sent)
    for _ in range(3):
        payer.device.send_again(sent)
        assert payer.device.reply_to(sent) == reply
    # Asked again under a new message id, as after a terminal was replaced: how it stands.
    payer.told(request.payment_id, PaymentState.AWAITING_PAYEE)
    assert payer.device.ask(request).status is ReplyStatus.ACCEPTED
    payer.told(request.payment_id, PaymentState.AWAITING_PAYEE)
    payee.answer(payee.first(request.payment_id))
    payer.answer(payer.second(request.payment_id))
    payer.told(request.payment_id, PaymentState.SETTLED)
    payer.device.send_again(sent)
    assert payer.device.reply_to(sent) == reply
    assert len(payee.device.bodies(FirstInstruction)) == 1
    assert (shop.balance(payer), shop.balance(payee)) == (9_400, 600)


@pytest.mark.fault(2)
@pytest.mark.parametrize("change", [{"amount_minor": 2_000}, {"currency": "USD"}, {"reference": "other"}, {"payee": 1}])
def test_an_id_that_is_used_for_another_payment_is_refused_and_the_first_stays(
    shop: Shop, change: dict[str, object]
) -> None:
    payer, payee, other = shop.customer(), shop.customer(), shop.customer()
    request = payer.request(payee)
    payer.device.ask(request)
    if "payee" in change:
        change = {"payee_account": other.account}
    counted, traces = shop.server.counted("id_reused"), shop.traces()
    refusal = payer.refused(msgspec.structs.replace(request, **change))
    assert (refusal.reason, refusal.detail) == (Reason.ID_REUSED, "this payment id was used for another payment")
    assert shop.server.counted("id_reused") == counted + 1
    assert shop.traces() == traces
    assert any(line["event"] == "alert" and line["device"] == payer.device.name for line in shop.server.log)
    assert shop.story(request.payment_id)["amount_minor"] == 1_000


@pytest.mark.fault(2)
def test_a_message_id_that_is_used_for_another_message_is_refused(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    sent = payer.device.send(payer.request(payee))
    payer.device.reply_to(sent)
    traces = shop.traces()
    again = payer.device.send(payer.request(payee, 5_000), sent.message_id)
    assert payer.device.reply_to(again).reason is Reason.ID_REUSED
    assert shop.traces() == traces
