"""What happens to a payment while it runs: a payee out of reach, a no of either end, accounts and terminals that go."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from server_mqtt.contract.messages import (
    FirstInstruction,
    PayeeRefusal,
    PayerStop,
    PaymentQuery,
    PaymentState,
    PaymentStatus,
    Presence,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.shell import people
from server_mqtt.shell.people import SAME_MOMENT_MS
from server_mqtt.shell.schema import devices
from server_mqtt.verification.policy import Policy
from tests.scenarios.device import WAIT_S, new_id
from tests.scenarios.shop import BOTH, Customer, Shop

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    return {"busy_from": Policy().busy_from}


def _leave(shop: Shop, customer: Customer) -> None:
    """The terminal has been there for a while, and is switched off: its broker says so, and the server has heard it."""
    name = customer.device.name
    # Once this is answered, that the terminal came was heard, too.
    assert customer.device.ask(PaymentQuery(payment_id=new_id())).reason is Reason.UNKNOWN_PAYMENT
    with shop.server.store.write() as connection:
        long_ago_ms = devices.c.seen_at_ms - SAME_MOMENT_MS
        connection.execute(update(devices).where(devices.c.device == name).values(seen_at_ms=long_ago_ms))
    customer.device.send(Presence(online=False))
    give_up_at = time.monotonic() + WAIT_S
    left_at_ms = None
    while left_at_ms is None:
        assert time.monotonic() < give_up_at, f"nobody heard that {name} left"
        with shop.server.read() as connection:
            row = people.find_device(connection, name)
        left_at_ms = None if row is None else row.left_at_ms


def _answered(customer: Customer, payment_id: str, verdict: Verdict, reason: Reason | None) -> PaymentStatus:
    told = customer.told(payment_id, PaymentState.DECLINED)
    assert told.first_result is not None
    assert (told.first_result.verdict, told.reason) == (verdict, reason)
    return told


# --- out of reach ---


def test_a_payee_who_left_is_not_waited_for_and_gets_the_money_once_heard_of(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    _leave(shop, payee)
    payment_id = payer.pay(payee)
    second = payer.second(payment_id)
    assert (second.first_result.verdict, second.first_result.reason) == (
        Verdict.COULD_NOT_BE_CHECKED,
        Reason.PAYEE_OFFLINE,
    )
    assert second.hold is not None
    assert payee.device.bodies(FirstInstruction) == []
    payer.answer(second)
    payer.told(payment_id, PaymentState.HELD)
    # Its acknowledgement of that news says that it is there.
    payee.answer(payee.first(payment_id))
    payer.told(payment_id, PaymentState.RELEASED)
    assert (shop.balance(payer), shop.balance(payee), shop.escrow(payment_id)) == (9_000, 1_000, 0)


def test_a_payee_for_whom_too_many_wait_is_busy_and_asked_when_free(shop: Shop) -> None:
    payee = shop.customer(funds_minor=0)
    payers = [shop.customer() for _ in range(4)]
    before = [(payer, payer.pay(payee)) for payer in payers[:3]]
    for _, payment_id in before:
        payee.first(payment_id)
    last = payers[3].pay(payee)
    second = payers[3].second(last)
    assert second.first_result.reason is Reason.PAYEE_BUSY
    for payer, payment_id in before:
        assert payer.device.ask(PayerStop(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    payers[3].answer(second)
    payee.answer(payee.first(last))
    payers[3].told(last, PaymentState.RELEASED)
    assert shop.balance(payee) == 1_000


# --- either end says no ---


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_the_payer_stops_before_during_and_after_the_first_result(shop: Shop, when: str) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    if when == "during":
        payee.device.send(payee.capture(first))
    elif when == "after":
        payee.answer(first)
        payer.second(payment_id)
    assert payer.device.ask(PayerStop(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.DECLINED).reason is Reason.PAYER_STOPPED
    assert shop.moved(payment_id) == []


def test_a_payee_who_declines_is_the_first_result(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    payee.first(payment_id)
    assert payee.device.ask(PayeeRefusal(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    for customer in (payer, payee):
        _answered(customer, payment_id, Verdict.REFUSED, Reason.PAYEE_REFUSED)
    assert shop.story(payment_id)["first_result"]["verdict"] == "refused"


def test_a_payee_who_succeeds_at_the_last_attempt_is_verified(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    for _ in range(2):
        payee.answer(payee.first(payment_id), shop.stranger)
    payee.answer(payee.first(payment_id))
    second = payer.second(payment_id)
    assert second.first_result.verdict is Verdict.VERIFIED
    payer.answer(second)
    payer.told(payment_id, PaymentState.SETTLED)


# --- accounts ---


def test_a_payee_who_is_blocked_while_asked_is_refused(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    shop.server.order("account", "block", payee.account)
    payee.answer(first)
    _answered(payer, payment_id, Verdict.REFUSED, Reason.ACCOUNT_BLOCKED)
    assert shop.moved(payment_id) == []


# --- terminals ---


def test_a_payees_terminal_is_replaced_while_it_is_asked(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    old, new = payee.device, shop.device(f"{payee.device.name}-new")
    shop.add_terminal(new, payee)
    shop.server.order("device", "revoke", old.name)
    refused = old.ask(payee.capture(first))
    assert (refused.status, refused.reason) == (ReplyStatus.REFUSED, Reason.UNKNOWN_DEVICE)
    payee.device = new
    new.come_online(BOTH)
    payee.answer(payee.first(payment_id))
    payer.answer(payer.second(payment_id))
    payee.told(payment_id, PaymentState.SETTLED)
    assert shop.balance(payee) == 1_000


def test_a_payers_terminal_is_replaced_while_it_is_asked(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee)
    old, new = payer.device, shop.device(f"{payer.device.name}-new")
    shop.add_terminal(new, payer)
    shop.server.order("device", "revoke", old.name)
    assert old.ask(payer.capture(second)).reason is Reason.UNKNOWN_DEVICE
    payer.device = new
    new.come_online(BOTH)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.SETTLED)
    assert new.ask(PaymentQuery(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    told = payer.told(payment_id, PaymentState.SETTLED)
    assert told.role is Role.PAYER
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
