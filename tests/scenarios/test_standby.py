"""PostgreSQL with a standby: the primary's machine dies under load, and nothing that a terminal was told is lost.

A standby that was behind when it was promoted is refused.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import pytest
from sqlalchemy import URL

from server_mqtt.contract.messages import Message, PaymentQuery, PaymentState, PaymentStatus, Reply, ReplyStatus
from tests.private_postgres import PrivatePostgres
from tests.scenarios.device import RESEND_S, WAIT_S
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Customer, Shop

pytestmark = [pytest.mark.broker, pytest.mark.postgres]

PAIRS: Final = 4
"""Payments at the same time."""

BEFORE: Final = 8
"""Payments that are settled before the primary dies."""

AFTER_EACH: Final = 2
"""Payments of each pair that are settled by the promoted standby."""

_WAITING: Final = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
"""Commits that wait for the standby."""


@pytest.fixture(scope="module")
def primary() -> Iterator[PrivatePostgres]:
    with PrivatePostgres() as running:
        yield running


@pytest.fixture(scope="module")
def standby(primary: PrivatePostgres) -> Iterator[PrivatePostgres]:
    """Synchronous: nothing is committed that it does not have."""
    with PrivatePostgres(standby_of=primary) as running:
        primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.ask("SELECT pg_reload_conf()")
        _until(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync")
        yield running


@pytest.fixture(scope="module")
def database(primary: PrivatePostgres, standby: PrivatePostgres) -> URL:
    """Both hosts, of which whichever can be written to is meant: nothing has to be configured anew."""
    query = {"host": f"{primary.folder},{standby.folder}", "target_session_attrs": "read-write"}
    return primary.new_database().set(query=query)


def _until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end_s, "it never came to that"
        time.sleep(0.05)


def _insist(customer: Customer, body: Message) -> Reply:
    """What the server says in the end, once it is not busy."""
    end_s = time.monotonic() + 2 * WAIT_S
    sent = customer.device.seal_in(body)
    while time.monotonic() < end_s:
        customer.device.send_again(sent)
        try:
            reply = customer.device.reply_to(sent, RESEND_S)
        except TimeoutError:
            continue
        if reply.status is not ReplyStatus.BUSY:
            return reply
    msg = "the server stays busy"
    raise TimeoutError(msg)


@dataclass
class _Load:
    """Pairs of customers who pay without a pause, as terminals do: each message until it is answered."""

    shop: Shop
    begun: list[str] = field(default_factory=list)
    """Payments whose request was accepted."""
    settled: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.pairs = [(self.shop.customer(), self.shop.customer(funds_minor=0)) for _ in range(PAIRS)]

    def pay(self, pair: tuple[Customer, Customer]) -> None:
        while not self.enough.is_set():
            self._pay(*pair)

    def _pay(self, payer: Customer, payee: Customer) -> None:
        request = payer.request(payee, 1)
        assert _insist(payer, request).status is ReplyStatus.ACCEPTED
        self.begun.append(request.payment_id)
        assert _insist(payee, payee.capture(payee.first(request.payment_id))).status is ReplyStatus.ACCEPTED
        assert _insist(payer, payer.capture(payer.second(request.payment_id))).status is ReplyStatus.ACCEPTED
        for customer in (payer, payee):
            customer.told(request.payment_id, PaymentState.SETTLED)
        self.settled.append(request.payment_id)

    def told(self) -> dict[str, set[PaymentState]]:
        """By payment, what any terminal was told that it has come to."""
        said: dict[str, set[PaymentState]] = {}
        for status in (it for pair in self.pairs for one in pair for it in one.device.bodies(PaymentStatus)):
            said.setdefault(status.payment_id, set()).add(status.state)
        return said


@contextmanager
def _commits_wait(
    primary: PrivatePostgres, standby: PrivatePostgres, because_of: Callable[[], None] | None = None
) -> Iterator[None]:
    """The standby hears nothing, and a commit waits for it: under load, or one that `because_of` brings about."""
    receiver = int(standby.ask("SELECT pid FROM pg_stat_wal_receiver"))
    os.kill(receiver, signal.SIGSTOP)
    try:
        if because_of is not None:
            because_of()
        _until(lambda: primary.ask(f"SELECT count(*) {_WAITING}") > 0)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(receiver, signal.SIGCONT)


@pytest.mark.fault(22)
@pytest.mark.parametrize("end", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_whose_wait_for_the_standby_is_ended_is_not_confirmed(
    shop: Shop, server: PrivateServer, primary: PrivatePostgres, standby: PrivatePostgres, end: str
) -> None:
    """PostgreSQL calls it done: it is on one machine."""
    payer, payee = shop.customer(), shop.customer()
    sent = payer.device.seal_in(payer.request(payee))
    with _commits_wait(primary, standby, lambda: payer.device.send_again(sent)):
        since = primary.ask(f"SELECT max(xact_start)::text {_WAITING}")
        assert primary.ask(f"SELECT bool_and({end}(pid)) {_WAITING}")
        # It is done again, is found done, and waits all the same.
        _until(lambda: primary.ask(f"SELECT count(*) {_WAITING} AND xact_start > '{since}'") > 0)
        with pytest.raises(TimeoutError):
            payer.device.reply_to(sent, RESEND_S)
    assert payer.device.reply_to(sent).status is ReplyStatus.ACCEPTED


def test_the_primary_dies_under_load_and_no_confirmed_payment_is_missing(
    shop: Shop, server: PrivateServer, primary: PrivatePostgres, standby: PrivatePostgres
) -> None:
    load, process = _Load(shop), server.process
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee)
    with ThreadPoolExecutor(PAIRS) as threads:
        running = [threads.submit(load.pay, pair) for pair in load.pairs]
        try:
            _until(lambda: len(load.settled) >= BEFORE or any(one.done() for one in running))
            with _commits_wait(primary, standby):
                primary.kill()
                # What is on its way to it, it never gets.
                standby.kill()
            standby.start()
            standby.promote()
            enough = len(load.settled) + AFTER_EACH * PAIRS
            _until(lambda: len(load.settled) >= enough or any(one.done() for one in running))
        finally:
            load.enough.set()
        for one in running:
            one.result()
    assert _insist(payer, payer.capture(second)).status is ReplyStatus.ACCEPTED
    payer.told(payment_id, PaymentState.SETTLED)
    server.until_logged("database_back")
    assert server.process is process
    assert not standby.ask("SELECT pg_is_in_recovery()")
    assert set(load.begun) == set(load.settled)
    for payment, states in load.told().items():
        story = shop.story(payment)
        assert {PaymentState(row["state"]) for row in story["states"]} >= states
        assert ([row["state"] for row in story["states"]][-1], len(story["postings"])) == ("settled", 2)
    for payer, payee in load.pairs:
        assert shop.balance(payer) + shop.balance(payee) == 10_000
    assert sum(shop.balance(payee) for _, payee in load.pairs) == len(load.settled)
    assert server.ask("ledger", "verify")["sound"]


@pytest.mark.fault(24)
def test_a_standby_that_was_behind_when_it_was_promoted_is_refused(
    shop: Shop, server: PrivateServer, primary: PrivatePostgres, standby: PrivatePostgres
) -> None:
    """After the test before: what was the primary becomes the other's standby, and is not waited for."""
    if standby.ask("SELECT pg_is_in_recovery()"):
        primary.kill()
        standby.promote()
    primary.follow(standby)
    primary.stop("fast")
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee)
    payer.answer(second)
    payer.told(payment_id, PaymentState.SETTLED)
    standby.kill()
    primary.start()
    primary.promote()
    server.until_logged("database_stale")
    (line,) = [line for line in server.log if line["event"] == "database_stale"]
    assert "accept-loss" in line["error"]
    traces = shop.traces()
    refused = payer.device.ask(payer.request(payee))
    assert refused.status is ReplyStatus.BUSY
    assert shop.traces() == traces
    primary.stop("fast")
    standby.start()
    assert _insist(payer, PaymentQuery(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)
    assert server.ask("ledger", "verify")["sound"]
