"""More than the server can do: it says "busy" and when to come back, and nothing was begun."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import select

from server_mqtt.config import LoadTable
from server_mqtt.contract.messages import Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell import mosquitto
from server_mqtt.shell.broker import MESSAGES_IN_FLIGHT
from server_mqtt.shell.schema import payments
from tests.private_broker import PrivateBroker
from tests.scenarios.device import RESEND_S, WAIT_S, Device, Sent
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

PAYERS = 4
EACH = 30
"""Requests of each payer at once: far more than a queue of `QUEUE` takes while one transaction is written."""
QUEUE = 5
RETRY_AFTER_MS = 250


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, broker: PrivateBroker, policy: dict[str, int | float]
) -> Iterator[PrivateServer]:
    with PrivateServer(tmp_path_factory.mktemp("server"), broker, policy) as running:
        running.stop()
        load = {"QUEUE_LIMIT": QUEUE, "BATCH_LIMIT": QUEUE, "RETRY_AFTER_MS": RETRY_AFTER_MS}
        yield running.start({f"COUNTERSIGN_LOAD_{name}": str(value) for name, value in load.items()})


def _known(server: PrivateServer) -> set[str]:
    with server.read() as connection:
        return set(connection.execute(select(payments.c.payment_id)).scalars())


def _until_accepted(device: Device, sent: Sent) -> Reply:
    for _ in range(int(WAIT_S / RESEND_S)):
        device.send_again(sent)
        reply = device.reply_to(sent)
        if reply.status is not ReplyStatus.BUSY:
            return reply
    raise TimeoutError(sent.kind)


def test_a_flood_is_answered_with_busy_and_what_was_put_off_is_done_when_it_is_sent_again(
    shop: Shop, server: PrivateServer
) -> None:
    payee = shop.customer(funds_minor=0)
    payers = [shop.customer() for _ in range(PAYERS)]
    asked = [(payer, payer.request(payee, 10)) for _ in range(EACH) for payer in payers]
    sent = [(payer, request, payer.device.send(request)) for payer, request in asked]
    replies = [(payer, request, message, payer.device.reply_to(message)) for payer, request, message in sent]
    put_off = [(payer, request, message) for payer, request, message, reply in replies if reply.reason is Reason.BUSY]
    assert put_off
    assert {(reply.status, reply.retry_after_ms) for *_, reply in replies if reply.reason is Reason.BUSY} == {
        (ReplyStatus.BUSY, RETRY_AFTER_MS)
    }
    assert {reply.status for *_, reply in replies if reply.reason is not Reason.BUSY} <= {ReplyStatus.ACCEPTED}
    assert _known(server) == {request.payment_id for _, request in asked} - {
        request.payment_id for _, request, _ in put_off
    }
    for payer, _, message in put_off:
        assert _until_accepted(payer.device, message).status is ReplyStatus.ACCEPTED
    assert _known(server) == {request.payment_id for _, request in asked}
    assert [shop.balance(payer) for payer in payers] == [10_000] * PAYERS
    assert server.ask("ledger", "verify")["sound"]


def test_the_broker_hands_out_more_than_queue_and_transaction_hold() -> None:
    """Else what is too much would wait there, unseen, until its time is over."""
    settings = msgspec.json.schema(LoadTable)["$defs"]["LoadTable"]["properties"]
    most = settings["queue_limit"]["maximum"] + settings["batch_limit"]["maximum"]
    assert most < MESSAGES_IN_FLIGHT <= mosquitto.MAX_INFLIGHT
