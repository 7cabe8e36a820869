"""A broker that is killed, or comes back without its memory: sending again heals it."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import PaymentState, ReplyStatus
from tests.private_broker import PrivateBroker
from tests.scenarios.shop import BOTH, Customer, Shop

pytestmark = pytest.mark.broker


def _finish(shop: Shop, payer: Customer, payee: Customer, payment_id: str) -> None:
    """The rest of a payment, every message sent until it is answered: one outcome, and the money moves once."""
    assert payee.device.insist(payee.capture(payee.first(payment_id))).status is ReplyStatus.ACCEPTED
    assert payer.device.insist(payer.capture(payer.second(payment_id))).status is ReplyStatus.ACCEPTED
    for customer in (payer, payee):
        customer.told(payment_id, PaymentState.SETTLED)
    assert len(shop.story(payment_id)["postings"]) == 2
    assert shop.server.ask("ledger", "verify")["sound"]


@pytest.mark.fault(11)
def test_a_broker_that_is_killed_in_the_middle(shop: Shop, broker: PrivateBroker) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    request = payer.request(payee)
    payer.device.insist(request)
    first = payee.first(request.payment_id)
    broker.kill()
    broker.start()
    reply = payee.device.insist(payee.capture(first))
    assert reply.status is ReplyStatus.ACCEPTED
    second = payer.second(request.payment_id)
    broker.kill()
    broker.start()
    payer.device.insist(payer.capture(second))
    for customer in (payer, payee):
        customer.told(request.payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)


@pytest.mark.fault(13)
def test_a_broker_that_comes_back_without_its_memory(shop: Shop, broker: PrivateBroker) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payee.device.close()
    payment_id = payer.pay(payee)
    broker.stop()
    broker.forget_everything()
    broker.start()
    payee.device.come_online(BOTH)
    _finish(shop, payer, payee, payment_id)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
