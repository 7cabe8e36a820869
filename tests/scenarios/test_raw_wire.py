"""What a network does to single bytes: cuts in the middle of a message, and a sender that never gets to its end."""

from __future__ import annotations

import time
from typing import Final

import pytest

from server_mqtt.contract import topics
from server_mqtt.contract.messages import PaymentQuery, PaymentState, Reply
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell.mosquitto import MAX_KEEPALIVE_S
from tests.private_broker import PrivateBroker
from tests.scenarios.device import new_id
from tests.scenarios.raw_mqtt import PUBACK, RawClient, publish, server_keep_alive_s
from tests.scenarios.shop import BOTH, Shop

pytestmark = pytest.mark.broker

KEEPALIVE_S: Final = 2
"""What the trickling sender promises; a terminal promises more, and no one more than the broker's limit."""
CUT_OFF_S: Final = 15.0
"""One and a half times that, and as much again and more for a slow machine."""


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite: what does not arrive reaches neither store."""


@pytest.mark.fault(5)
def test_a_message_that_is_cut_after_any_byte_has_no_effect_and_a_whole_one_its_own(
    shop: Shop, broker: PrivateBroker
) -> None:
    payer, payee = shop.customer(online=False), shop.customer(funds_minor=0)
    request = payer.request(payee)
    sent = payer.device.seal_in(request)
    message = publish(topics.up(payer.device.name, sent.kind), sent.payload)
    before = shop.traces()
    for size in range(len(message)):
        with RawClient(broker, payer.device.name) as client:
            client.connect(KEEPALIVE_S)
            client.send(message[:size])
    # Whatever was to come of those has come when somebody else's message, sent after them, is answered.
    assert payee.device.ask(PaymentQuery(payment_id=new_id())).reason is Reason.UNKNOWN_PAYMENT
    assert shop.traces() == before
    with RawClient(broker, payer.device.name) as client:
        client.connect(KEEPALIVE_S)
        client.send(message)
        client.expect(PUBACK)
    first = payee.first(request.payment_id)
    # It was cut before it heard the answer: sent again, it is answered, and there is one payment.
    payer.device.come_online(BOTH)
    payer.device.send_again(sent)
    assert payer.device.reply_to(sent).reason is None
    payee.answer(first)
    payer.answer(payer.second(request.payment_id))
    payer.told(request.payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
    assert len(shop.story(request.payment_id)["postings"]) == 2


@pytest.mark.fault(7)
def test_a_sender_that_trickles_is_cut_off_and_nobody_waits_for_it(shop: Shop, broker: PrivateBroker) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    slow = shop.customer(online=False)
    message = publish(topics.up(slow.device.name, "payment_query"), bytes(200))
    with RawClient(broker, slow.device.name) as client:
        client.connect(KEEPALIVE_S)
        began_s, sent, cut_off = time.monotonic(), 0, False
        while not cut_off:
            assert time.monotonic() - began_s < CUT_OFF_S, f"{sent} bytes, and it is still there"
            try:
                client.send(message[sent : sent + 1])
            except OSError:
                break
            sent += 1
            if sent == 1:
                payment_id, second = payer.pay_verified(payee)
                payer.answer(second)
                payer.told(payment_id, PaymentState.SETTLED)
            cut_off = client.closed_within(1.0)
    assert 0 < sent < len(message)
    assert shop.balance(payee) == 1_000
    assert slow.device.bodies(Reply) == []


@pytest.mark.fault(7)
@pytest.mark.parametrize("asked_s", [0, 65_535])
def test_nobody_may_be_silent_for_longer_than_the_broker_allows(
    shop: Shop, broker: PrivateBroker, asked_s: int
) -> None:
    silent = shop.customer(online=False)
    with RawClient(broker, silent.device.name) as client:
        assert server_keep_alive_s(client.connect(asked_s)) == MAX_KEEPALIVE_S
