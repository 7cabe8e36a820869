"""A server as a service: it says when it is ready and alive, and ends when it is told to, losing nothing."""

from __future__ import annotations

import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from demo.broker import free_port
from server_mqtt.contract.messages import PaymentState
from tests.private_broker import PrivateBroker
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

WATCHDOG_S = 1.5
"""Short, so that a server that hangs is seen to hang."""


@pytest.fixture(scope="module")
def database() -> URL | None:
    """Nothing here depends on the store."""
    return None


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.settimeout(20)
        yield bound


@pytest.fixture
def metrics_port() -> int:
    """One that nobody listens at."""
    return free_port()


@pytest.fixture
def service(server: PrivateServer, manager: socket.socket, metrics_port: int) -> Iterator[PrivateServer]:
    """The module's server, started again by a service manager."""
    if server.process is not None:
        server.stop()
    server.start(
        {
            "NOTIFY_SOCKET": manager.getsockname(),
            "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6)),
            "COUNTERSIGN_METRICS_PORT": str(metrics_port),
        }
    )
    yield server
    if server.process is not None:
        server.kill()
    server.start()


def _until(manager: socket.socket, line: str) -> None:
    while line not in manager.recv(1024).decode().splitlines():
        pass


def test_it_is_ready_then_alive_and_says_that_it_stops(service: PrivateServer, manager: socket.socket) -> None:
    _until(manager, "READY=1")
    _until(manager, "WATCHDOG=1")
    assert service.stop() == 0
    _until(manager, "STOPPING=1")


def test_a_server_that_hangs_is_silent_until_it_goes_on(service: PrivateServer, manager: socket.socket) -> None:
    _until(manager, "WATCHDOG=1")
    assert service.process is not None
    service.process.send_signal(signal.SIGSTOP)
    try:
        manager.settimeout(WATCHDOG_S)
        with pytest.raises(TimeoutError):
            _until(manager, "nothing that it ever says")
    finally:
        service.process.send_signal(signal.SIGCONT)
    manager.settimeout(20)
    _until(manager, "WATCHDOG=1")


def test_what_was_asked_for_before_it_was_told_to_end_is_answered_after_it_is_back(
    shop: Shop, service: PrivateServer
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    sent = [payer.device.send(payer.request(payee)) for _ in range(20)]
    assert service.stop() == 0
    service.start()
    for message in sent:
        payer.device.send_again(message)
    assert {payer.device.reply_to(message).status.value for message in sent} == {"accepted"}
    assert service.ask("ledger", "verify")["sound"]


def test_whoever_asks_twice_does_not_wait(service: PrivateServer) -> None:
    process = service.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    # Both signals are there before it looks: whichever it sees second ends it at once.
    assert service.wait() in {128 + signal.SIGTERM, 128 + signal.SIGINT}


@pytest.mark.fault(73)
def test_what_it_does_can_be_read_as_metrics_and_no_secret_with_it(
    shop: Shop, service: PrivateServer, broker: PrivateBroker, metrics_port: int
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    before = _metrics(metrics_port)
    payment_id, second = payer.pay_verified(payee)
    payer.answer(second)
    payer.told(payment_id, PaymentState.SETTLED)
    after = _metrics(metrics_port)
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    assert grown['countersign_messages_received_total{kind="payer_request"}'] == 1
    assert grown['countersign_payments_total{state="settled"}'] == 1
    assert grown["countersign_comparison_seconds_count"] == 2
    assert grown["countersign_commit_seconds_count"] >= 5
    assert after["countersign_broker_up"] == after["countersign_database_up"] == 1
    assert after["countersign_terminals"] >= 2
    text = _scrape(metrics_port)
    for secret in (payment_id, payer.account, payee.account, payer.device.name, payee.device.name):
        assert secret not in text
    broker.stop()
    try:
        _until_metric(metrics_port, "countersign_broker_up", 0)
    finally:
        broker.start()
    _until_metric(metrics_port, "countersign_broker_up", 1)


def _scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def _metrics(port: int) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in _scrape(port).splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def _until_metric(port: int, name: str, value: float) -> None:
    end_s = time.monotonic() + 30
    while _metrics(port)[name] != value:
        assert time.monotonic() < end_s, f"{name} does not become {value}"
        time.sleep(0.05)
