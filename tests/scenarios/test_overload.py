"""More than the server can do: it says "busy" and when to come back, and nothing was begun."""

from __future__ import annotations

import time
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
THEFTS, A_MINUTE = 120, 20


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


@pytest.mark.fault(64)
def test_a_terminal_that_asks_more_than_people_can_is_slowed_down_and_nobody_waits_for_it(
    shop: Shop, server: PrivateServer
) -> None:
    server.stop()
    server.start({"COUNTERSIGN_LOAD_TERMINAL_REQUESTS_A_MINUTE": str(A_MINUTE)})
    thief, payer, payee = shop.customer(), shop.customer(), shop.customer(funds_minor=0)
    known = _known(server)
    asked = [thief.request(payee, 10) for _ in range(THEFTS)]
    began_s = time.monotonic()
    sent = [thief.device.send(request) for request in asked]
    # In the midst of it.
    request = payer.request(payee, 10)
    assert payer.device.reply_to(payer.device.send(request)).status is ReplyStatus.ACCEPTED
    replies = [thief.device.reply_to(message) for message in sent]
    passed_s = time.monotonic() - began_s
    let_in = sum(reply.status is ReplyStatus.ACCEPTED for reply in replies)
    assert A_MINUTE <= let_in <= A_MINUTE * (1 + passed_s / 60)
    put_off = [reply for reply in replies if reply.status is ReplyStatus.BUSY]
    assert len(put_off) == THEFTS - let_in
    assert all(reply.retry_after_ms and reply.detail for reply in put_off)
    assert max(reply.retry_after_ms or 0 for reply in put_off) <= 60_000 / A_MINUTE + 1
    assert len(_known(server) - known) == let_in + 1
    alerts = [line["device"] for line in server.log if line["event"] == "alert" and line["reason"] == "too_fast"]
    assert alerts == [thief.device.name]
    assert [shop.balance(customer) for customer in (thief, payer)] == [10_000] * 2
    assert server.ask("ledger", "verify")["sound"]


def test_the_broker_hands_out_more_than_queue_and_transaction_hold() -> None:
    """Else what is too much would wait there, unseen, until its time is over."""
    settings = msgspec.json.schema(LoadTable)["$defs"]["LoadTable"]["properties"]
    most = settings["queue_limit"]["maximum"] + settings["batch_limit"]["maximum"]
    assert most < MESSAGES_IN_FLIGHT <= mosquitto.MAX_INFLIGHT
