"""A broker that can store nothing, or takes nothing from the server: that is said, nothing is debited, and it heals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import pytest

from server_mqtt.contract.messages import PaymentState
from tests.private_broker import PrivateBroker
from tests.scenarios.device import WAIT_S
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import BOTH, Customer, Shop

pytestmark = pytest.mark.broker

_NOT_SAVED: Final = ": Error"
"""The words behind it differ from version to version."""


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite: the broker's disk is another."""


@pytest.fixture
def _nothing_fits(broker: PrivateBroker) -> Iterator[None]:
    """Mosquitto writes its sessions to this file first; with a folder in its place it can make none."""
    new = broker.folder / "broker-data" / "mosquitto.db.new"
    new.mkdir()
    yield
    new.rmdir()


def _finish(shop: Shop, payer: Customer, payee: Customer, payment_id: str) -> None:
    """The rest of a payment of 1,000, every message sent until it is answered."""
    payee.device.insist(payee.capture(payee.first(payment_id)))
    payer.device.insist(payer.capture(payer.second(payment_id)))
    payer.told(payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
    assert shop.server.ask("ledger", "verify")["sound"]


@pytest.mark.fault(15)
@pytest.mark.usefixtures("_nothing_fits")
def test_a_broker_that_can_store_nothing_says_so_and_what_dies_with_it_is_said_again(
    shop: Shop, broker: PrivateBroker
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payee.device.close()
    request = payer.request(payee)
    payer.device.insist(request)
    end_s = time.monotonic() + WAIT_S
    while _NOT_SAVED not in broker.log:
        assert time.monotonic() < end_s, broker.log[-1000:]
        time.sleep(0.1)
    # What it could not write down is gone with it, and nobody has paid for that.
    broker.kill()
    assert shop.balance(payer) == 10_000
    broker.start()
    payee.device.come_online(BOTH)
    _finish(shop, payer, payee, request.payment_id)


@pytest.mark.fault(15)
def test_a_broker_that_refuses_what_the_server_says_is_an_error_and_nothing_is_debited(
    shop: Shop, broker: PrivateBroker, server: PrivateServer
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    access = broker.folder / "acl"
    ours = access.read_text()
    broker.stop()
    access.write_text(ours.replace("topic write", "topic deny"))
    broker.start()
    request = payer.request(payee)
    sent = payer.device.seal_in(request)
    end_s = time.monotonic() + WAIT_S
    while not any(line["event"] == "broker_refused_message" for line in server.log):
        assert time.monotonic() < end_s
        payer.device.send_again(sent)
        time.sleep(0.5)
    assert (shop.balance(payer), shop.balance(payee)) == (10_000, 0)
    broker.stop()
    access.write_text(ours)
    broker.start()
    payer.device.insist(request)
    _finish(shop, payer, payee, request.payment_id)
