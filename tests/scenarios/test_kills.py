"""The server is killed between steps and comes back: nothing is lost, nothing happens twice, one outcome each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import select

from server_mqtt.contract.messages import Modality, PaymentState, ReplyStatus
from server_mqtt.shell.schema import attempts
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import BOTH, Customer, Shop

pytestmark = pytest.mark.broker

ROUNDS: Final = 8
"""How often a kill is tried to land while a comparison runs."""


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(server: PrivateServer) -> Iterator[None]:
    yield
    assert server.ask("ledger", "verify")["sound"]


def _again(server: PrivateServer) -> None:
    server.kill()
    server.start()


@pytest.mark.fault(30)
def test_after_the_request_was_accepted(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    request = payer.request(payee)
    sent = payer.device.send(request)
    reply = payer.device.reply_to(sent)
    _again(server)
    payer.device.send_again(sent)
    assert payer.device.reply_to(sent) == reply
    payee.answer(payee.first(request.payment_id))
    payer.answer(payer.second(request.payment_id))
    payer.told(request.payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)


@pytest.mark.fault(30)
def test_after_an_instruction_was_sent_that_nobody_heard(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0, online=False)
    payment_id = payer.pay(payee)
    payer.told(payment_id, PaymentState.AWAITING_PAYEE)
    _again(server)
    payee.device.come_online(BOTH)
    payee.answer(payee.first(payment_id))
    payer.answer(payer.second(payment_id))
    payee.told(payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)


def _pending(server: PrivateServer, payment_id: str) -> bool:
    """Whether an attempt of this payment is counted and not concluded."""
    with server.read() as connection:
        chosen = select(attempts.c.concluded_at_ms).where(attempts.c.payment_id == payment_id)
        return connection.execute(chosen).scalars().all() == [None]


@pytest.mark.fault(30)
def test_after_an_attempt_was_counted_and_before_it_was_compared(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0, enrolled=[], accepts=[Modality.FINGERPRINT])
    shop.enrol(payee, [payee.person.finger() for _ in range(6)])
    for _ in range(ROUNDS):
        payment_id = payer.pay(payee, 100)
        payee.answer(payee.first(payment_id))
        server.kill()
        landed = _pending(server, payment_id)
        server.start()
        # Compared after the restart, or before the kill: one result either way, of one attempt.
        payer.answer(payer.second(payment_id))
        payer.told(payment_id, PaymentState.SETTLED)
        verdicts = [attempt["verdict"] for attempt in shop.story(payment_id)["attempts"]]
        assert verdicts == ["verified", "verified"]
        if landed:
            break
    assert landed
    assert any(line["event"] == "comparison_taken_up" for line in server.log)


@pytest.mark.fault(30)
def test_after_the_payer_s_answer_was_accepted(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id))
    sent = payer.answer(payer.second(payment_id))
    _again(server)
    payer.device.send_again(sent)
    assert payer.device.reply_to(sent).status is ReplyStatus.ACCEPTED
    for customer in (payer, payee):
        customer.told(payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
    assert len(shop.story(payment_id)["postings"]) == 2


def _held(payer: Customer, payee: Customer, shop: Shop) -> str:
    payment_id = payer.pay(payee)
    payee.fail(payment_id, shop.stranger)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.HELD)
    return payment_id


@pytest.mark.fault(30)
def test_after_the_hold_and_after_the_release(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _held(payer, payee, shop)
    _again(server)
    assert shop.escrow(payment_id) == 1_000
    payee.device.come_online(BOTH)
    sent = payee.answer(payee.first(payment_id))
    payee.told(payment_id, PaymentState.RELEASED)
    _again(server)
    payee.device.send_again(sent)
    assert payee.device.reply_to(sent).status is ReplyStatus.ACCEPTED
    assert (shop.balance(payer), shop.balance(payee), shop.escrow(payment_id)) == (9_000, 1_000, 0)
    assert [row["kind"] for row in shop.story(payment_id)["postings"]] == ["hold", "hold", "release", "release"]


@pytest.mark.fault(25)
@pytest.mark.fault(33)
def test_a_second_server_on_the_same_data_or_of_the_same_name_does_not_start(server: PrivateServer) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "server_mqtt", "run", "--config", str(server.config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert "another server is running" in second.stderr
    assert "READY" not in second.stdout


def test_asked_to_end_it_ends_and_says_that_all_is_well(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    assert server.stop() == 0
    server.start()
    payee.answer(payee.first(payment_id))
    payer.second(payment_id)
