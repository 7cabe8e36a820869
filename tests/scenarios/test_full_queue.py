"""A broker whose queues are full throws messages away. Both ends say everything again until it is acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from server_mqtt.contract.messages import PaymentState
from tests.private_broker import PrivateBroker
from tests.scenarios.shop import BOTH, Shop

pytestmark = pytest.mark.broker

QUEUE: Final = 1
"""Messages that this broker keeps for a terminal that is away; and as many on their way to one that is there."""
PAYERS: Final = 4


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    small = PrivateBroker(tmp_path_factory.mktemp("broker"))
    small.set_option("max_inflight_messages", QUEUE)
    small.set_option("max_queued_messages", QUEUE)
    with small as running:
        yield running


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    """Time enough for the slowest machine: what is shown is that nothing is lost, not how fast."""
    return {"payee_preset_time_ms": 120_000, "payer_preset_time_ms": 120_000}


@pytest.mark.fault(12)
def test_what_the_broker_threw_away_is_said_again(shop: Shop, broker: PrivateBroker) -> None:
    payee = shop.customer(funds_minor=0)
    payers = [shop.customer() for _ in range(PAYERS)]
    payee.device.close()
    requests = [payer.request(payee) for payer in payers]
    for payer, request in zip(payers, requests, strict=True):
        payer.device.insist(request)
    assert f"Outgoing messages are being dropped for client {payee.device.name}" in broker.log
    payee.device.come_online(BOTH)
    for payer, request in zip(payers, requests, strict=True):
        payee.device.insist(payee.capture(payee.first(request.payment_id)))
        payer.device.insist(payer.capture(payer.second(request.payment_id)))
        payer.told(request.payment_id, PaymentState.SETTLED)
        payee.told(request.payment_id, PaymentState.SETTLED)
    assert [shop.balance(payer) for payer in payers] == [9_000] * PAYERS
    assert shop.balance(payee) == PAYERS * 1_000
    assert shop.server.ask("ledger", "verify")["sound"]
