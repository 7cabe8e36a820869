"""A server whose disk is full: it ends with an error, acknowledges nothing it has not stored, and recovers."""

from __future__ import annotations

import resource
from typing import Final

import pytest

from server_mqtt.contract.messages import PaymentQuery
from server_mqtt.contract.reasons import Reason
from tests.scenarios.device import new_id
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

BYTES_LEFT: Final = 60_000
"""What every file may still grow by when the disk is nearly full: a few messages."""


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite: PostgreSQL's disk is another program's."""


@pytest.mark.fault(21)
def test_a_disk_that_is_full_ends_the_server_and_it_acknowledges_nothing(shop: Shop, server: PrivateServer) -> None:
    payer = shop.customer()
    process = server.process
    assert process is not None
    limit = max(path.stat().st_size for path in server.folder.rglob("*")) + BYTES_LEFT
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    replies = 0
    while True:
        sent = payer.device.send(PaymentQuery(payment_id=new_id()))
        try:
            assert payer.device.reply_to(sent, 3.0).reason is Reason.UNKNOWN_PAYMENT
        except TimeoutError:
            break
        replies += 1
    assert server.wait() == 1
    assert replies > 0
    server.start()
    payer.device.send_again(sent)
    assert payer.device.reply_to(sent).reason is Reason.UNKNOWN_PAYMENT
