"""Two servers on one PostgreSQL behind one shared subscription: both work, either may die, and so may the database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from sqlalchemy import URL

from server_mqtt.contract.messages import PaymentQuery, PaymentState, Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from tests.private_broker import PrivateBroker
from tests.private_postgres import PrivatePostgres
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Customer, Shop

pytestmark = [pytest.mark.broker, pytest.mark.postgres]

PAIRS: Final = 6
"""Payments at the same time."""

ROUNDS: Final = 4

ASKED: Final = 200
"""More than two workers take in hand at once."""

KILLED: Final = -9

AWAY_S: Final = 3.0
"""How long the database is away: several times as long as a worker waits between two tries."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivatePostgres]:
    """Of this module alone, because it is stopped."""
    with PrivatePostgres() as running:
        yield running


@pytest.fixture(scope="module")
def database(cluster: PrivatePostgres) -> URL:
    return cluster.new_database()


@pytest.fixture(scope="module")
def second(
    tmp_path_factory: pytest.TempPathFactory, broker: PrivateBroker, server: PrivateServer, database: URL
) -> Iterator[PrivateServer]:
    with PrivateServer(tmp_path_factory.mktemp("second"), broker, None, database, beside=server) as running:
        yield running


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(server: PrivateServer) -> Iterator[None]:
    yield
    assert server.ask("ledger", "verify")["sound"]


def _pay_through(payer: Customer, payee: Customer) -> str:
    """A whole payment, every message sent until it is answered, as terminals do."""
    request = payer.request(payee)
    assert payer.device.insist(request).status is ReplyStatus.ACCEPTED
    first = payee.capture(payee.first(request.payment_id))
    assert payee.device.insist(first).status is ReplyStatus.ACCEPTED
    second = payer.capture(payer.second(request.payment_id))
    assert payer.device.insist(second).status is ReplyStatus.ACCEPTED
    for customer in (payer, payee):
        customer.told(request.payment_id, PaymentState.SETTLED)
    return request.payment_id


def _concerned(server: PrivateServer, event: str) -> set[str]:
    return {line["payment_id"] for line in server.log if line["event"] == event}


def _stepped(server: PrivateServer) -> set[str]:
    return _concerned(server, "payment")


def test_both_work(shop: Shop, server: PrivateServer, second: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    paid = [_pay_through(payer, payee) for _ in range(ROUNDS)]
    assert shop.balance(payee) == ROUNDS * 1_000
    assert _stepped(server) & set(paid)
    assert _stepped(second) & set(paid)
    assert [len(shop.story(payment_id)["postings"]) for payment_id in paid] == [2] * ROUNDS


def test_a_terminal_that_joins_a_group_of_servers_swallows_nothing(shop: Shop, second: PrivateServer) -> None:
    assert second.process is not None
    hostile = shop.device("terminal-greedy")
    for group in ("server", "countersign", "countersign-server", "share"):
        hostile.subscribe_raw(f"$share/{group}/countersign/v1/+/up/+")
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    hostile.connect()
    for _ in range(20):
        assert payer.device.ask(PaymentQuery(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    assert hostile.raw_seen == []


@pytest.mark.fault(14)
@pytest.mark.fault(32)
def test_one_is_killed_under_load_and_the_other_takes_its_work_over(
    shop: Shop, server: PrivateServer, second: PrivateServer
) -> None:
    pairs = [(shop.customer(), shop.customer(funds_minor=0)) for _ in range(PAIRS)]

    def shop_on(pair: tuple[Customer, Customer]) -> list[str]:
        return [_pay_through(*pair) for _ in range(ROUNDS)]

    before = len(_stepped(second))
    with ThreadPoolExecutor(PAIRS) as threads:
        running = [threads.submit(shop_on, pair) for pair in pairs]
        while len(_stepped(second)) < before + PAIRS:
            assert not any(future.done() and future.exception() for future in running)
        second.kill()
        paid = [payment_id for future in running for payment_id in future.result()]
    second.start()
    assert len(set(paid)) == PAIRS * ROUNDS
    for payer, payee in pairs:
        assert (shop.balance(payer), shop.balance(payee)) == (10_000 - ROUNDS * 1_000, ROUNDS * 1_000)
    for payment_id in paid:
        story = shop.story(payment_id)
        assert [state["state"] for state in story["states"]].count("settled") == 1
        assert len(story["postings"]) == 2


@pytest.mark.fault(14)
@pytest.mark.fault(30)
def test_what_one_had_accepted_and_not_compared_when_it_died_the_other_compares(
    shop: Shop, server: PrivateServer, second: PrivateServer
) -> None:
    """The answer is counted and acknowledged then: no terminal sends it again, and no server starts again."""
    pairs = [(shop.customer(), shop.customer(funds_minor=0)) for _ in range(PAIRS)]
    second.stop()
    second.start(program=("-m", "tests.killing.launcher", "before:comparison", "1", "0"))
    with ThreadPoolExecutor(PAIRS) as threads:
        running = [threads.submit(_pay_through, *pair) for pair in pairs]
        paid = [future.result() for future in running]
    assert second.wait() == KILLED
    second.start()
    assert set(paid) & _concerned(server, "comparison_taken_up")
    for payment_id, (payer, payee) in zip(paid, pairs, strict=True):
        assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
        assert [attempt["verdict"] for attempt in shop.story(payment_id)["attempts"]] == ["verified", "verified"]


@pytest.mark.fault(23)
def test_while_the_database_is_away_terminals_hear_busy_and_afterwards_all_goes_on(
    shop: Shop, server: PrivateServer, second: PrivateServer, cluster: PrivatePostgres
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, instruction = payer.pay_verified(payee)
    answer = payer.device.seal_in(payer.capture(instruction))
    processes = [worker.process for worker in (server, second)]
    cluster.stop("immediate")
    try:
        before = len(payer.device.bodies(Reply))
        for _ in range(ASKED):
            # What a worker had in hand when it found out is answered when the database is back; the rest at once.
            payer.device.send(PaymentQuery(payment_id=payment_id))
        payer.device.send_again(answer)
        with pytest.raises(TimeoutError):
            payer.device.expect(Reply, lambda reply: reply.status is not ReplyStatus.BUSY, AWAY_S)
        replies = payer.device.bodies(Reply)[before:]
        assert {(reply.status, reply.reason) for reply in replies} == {(ReplyStatus.BUSY, Reason.BUSY)}
    finally:
        cluster.start()
    payer.device.send_again(answer)
    while payer.device.reply_to(answer).status is ReplyStatus.BUSY:
        payer.device.send_again(answer)
    payee.told(payment_id, PaymentState.SETTLED)
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
    assert [worker.process for worker in (server, second)] == processes
    assert all(process is not None and process.poll() is None for process in processes)
    for worker in (server, second):
        worker.until_logged("database_back")
