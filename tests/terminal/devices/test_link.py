"""The link over a real broker: let in, lost, found again; nothing lost that was not acknowledged; the will."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract.messages import PayerStop, PaymentState, Presence, Role
from server_mqtt.shell.pki import identity, make_device, make_pki
from terminal.devices import link as link_module
from terminal.devices.arrival import Arrival
from terminal.devices.link import Link, LinkSettings
from terminal.errors import ConfigError
from terminal.outbox.letters import Pen
from tests.private_broker import PrivateBroker
from tests.terminal.messages import new_id, status
from tests.terminal.server_end import PATIENCE_S, ServerEnd, silence

DEVICE = "payer-terminal"

pytestmark = pytest.mark.broker


class Ear:
    """A link and what it was told, as a context."""

    def __init__(self, broker: PrivateBroker, **changes: object) -> None:
        who = broker.device(DEVICE)
        key = serialization.load_pem_private_key(who.key.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        self.pen = Pen(DEVICE, key)
        self.arrivals: list[Arrival] = []
        self.changes: list[bool] = []
        self._news = threading.Condition()
        settings = {
            "device": DEVICE,
            "host": "localhost",
            "port": broker.port,
            "ca": broker.ca,
            "certificate": who.certificate,
            "key": who.key,
            **changes,
        }
        self.link = Link(
            LinkSettings(**settings),  # type: ignore[arg-type]  # as typed as the changes a test makes
            will=lambda: self.pen.write(Presence(online=False)).payload,
            on_arrival=self._arrived,
            on_change=self._changed,
        )

    def __enter__(self) -> Self:
        self.link.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.link.stop()

    def _arrived(self, arrival: Arrival) -> None:
        with self._news:
            self.arrivals.append(arrival)
            self._news.notify_all()

    def _changed(self, online: bool) -> None:
        with self._news:
            self.changes.append(online)
            self._news.notify_all()

    def until(self, seen: Callable[[], bool]) -> None:
        """Waits for news, and watches as the session would."""
        deadline = time.monotonic() + PATIENCE_S
        with self._news:
            while not seen():
                assert time.monotonic() < deadline, (self.changes, self.arrivals)
                self._news.wait(0.1)
                self.link.watch()

    def until_online(self) -> Self:
        self.until(lambda: self.link.online)
        return self


def test_let_in_and_heard(broker: PrivateBroker, server: ServerEnd) -> None:
    with Ear(broker) as ear:
        assert not ear.link.publish("payer_stop", b"too early")
        ear.until_online()
        letter = ear.pen.write(PayerStop(payment_id=new_id()))
        assert ear.link.publish(letter.kind, letter.payload, 60)
        assert server.expect_heard(PayerStop).envelope.message_id == letter.message_id
        assert ear.link._socket is not None
        assert ear.link._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert ear.changes == [True]


def test_what_was_not_acknowledged_comes_again(broker: PrivateBroker, server: ServerEnd) -> None:
    server.answers = silence
    with Ear(broker) as ear:
        ear.until_online()
        first = server.say(DEVICE, status(new_id(), Role.PAYER, PaymentState.DECLINED))
        second = server.say(DEVICE, status(new_id(), Role.PAYER, PaymentState.DECLINED))
        ear.until(lambda: len(ear.arrivals) == 2)
        ear.link.acknowledge(ear.arrivals[0])
        letter = ear.pen.write(PayerStop(payment_id=new_id()))
        ear.link.publish(letter.kind, letter.payload)
        server.expect(PayerStop)  # the broker has what went before it, too
        ear.link.drop()
        ear.until(lambda: len(ear.arrivals) == 3)
        assert [one.payload for one in ear.arrivals] == [first.payload, second.payload, second.payload]
        ear.link.acknowledge(ear.arrivals[1])  # of a connection that is gone: means nothing now
        ear.link.drop()
        ear.until(lambda: len(ear.arrivals) == 4)
        assert ear.arrivals[3].payload == second.payload


@pytest.mark.parametrize("forgets", [False, True])
def test_a_broker_that_dies_is_found_again(broker: PrivateBroker, server: ServerEnd, forgets: bool) -> None:
    with Ear(broker) as ear:
        ear.until_online()
        broker.kill()
        ear.until(lambda: ear.changes == [True, False])
        assert not ear.link.publish("payer_stop", b"nobody is there")
        if forgets:
            broker.forget_everything()
        broker.start()
        ear.until(lambda: ear.changes == [True, False, True])
        said = server.say(DEVICE, status(new_id(), Role.PAYER, PaymentState.DECLINED))
        ear.until(lambda: any(one.payload == said.payload for one in ear.arrivals))


def test_a_terminal_that_is_away_gets_what_it_missed_and_how_long_it_waited(
    broker: PrivateBroker, server: ServerEnd
) -> None:
    with Ear(broker) as ear:
        ear.until_online()
    said = server.say(DEVICE, status(new_id(), Role.PAYER, PaymentState.DECLINED), expiry_s=100)
    time.sleep(2.1)  # the broker counts whole seconds
    with Ear(broker) as ear:
        ear.until(lambda: len(ear.arrivals) == 1)
        assert ear.arrivals[0].payload == said.payload
        assert ear.arrivals[0].expiry_s in range(1, 100)


def test_the_broker_says_when_the_terminal_is_gone(broker: PrivateBroker, server: ServerEnd) -> None:
    with Ear(broker) as ear:
        ear.until_online()
        ear.link.drop()
        first = server.expect_heard(Presence, lambda presence: not presence.online)
        ear.until(lambda: ear.changes == [True, False, True])
    second = server.expect_heard(Presence, lambda presence: not presence.online)
    assert first.envelope.message_id != second.envelope.message_id


@pytest.mark.fault(6)
def test_a_connection_that_is_only_half_there_is_noticed(
    broker: PrivateBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "KEEPALIVE_S", 1)
    with Ear(broker) as ear:
        ear.until_online()
        with _stopped(broker):
            ear.until(lambda: ear.changes == [True, False])
        ear.until(lambda: ear.changes == [True, False, True])


def test_stopping_does_not_wait_for_a_broker_that_hangs(broker: PrivateBroker) -> None:
    ear = Ear(broker)
    ear.link.start()
    ear.until_online()
    with _stopped(broker):
        began_s = time.monotonic()
        ear.link.stop()
        ear.link.stop()
        assert time.monotonic() - began_s < 2 * link_module.STOP_TIMEOUT_S


def test_a_broker_that_is_silent_after_tls_is_given_up(broker: PrivateBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "CONNACK_TIMEOUT_S", 0.3)
    with _silent_tls(broker) as (port, greeted), Ear(broker, port=port) as ear:
        ear.until(lambda: len(greeted) >= 2)
        assert ear.changes == []


def test_a_stranger_is_never_online(broker: PrivateBroker, tmp_path: Path) -> None:
    make_pki(tmp_path / "other")
    stranger = make_device(tmp_path / "other", DEVICE)
    with Ear(broker, certificate=stranger.certificate, key=stranger.key) as ear:
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            assert not ear.link.online
            time.sleep(0.05)


def test_a_broker_of_another_ca_is_never_trusted(broker: PrivateBroker, tmp_path: Path) -> None:
    make_pki(tmp_path / "other")
    with Ear(broker, ca=identity(tmp_path / "other", "ca").certificate) as ear:
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            assert not ear.link.online
            time.sleep(0.05)


def test_certificates_that_cannot_be_used_are_said(broker: PrivateBroker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no certificate of a CA"):
        Ear(broker, ca=tmp_path / "none.pem")
    with pytest.raises(ConfigError, match="cannot be used"):
        Ear(broker, certificate=broker.ca)


@contextmanager
def _stopped(broker: PrivateBroker) -> Iterator[None]:
    assert broker._process is not None
    os.kill(broker._process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker._process.pid, signal.SIGCONT)


@contextmanager
def _silent_tls(broker: PrivateBroker) -> Iterator[tuple[int, list[str]]]:
    """A port with the broker's certificate that shakes hands and then says nothing; whom it greeted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = identity(broker.pki, "broker")
    context.load_cert_chain(files.certificate, files.key)
    greeted: list[str] = []
    connections: list[ssl.SSLSocket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    connections.append(context.wrap_socket(connection, server_side=True))
                except OSError:
                    return
                greeted.append("hello")

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield listener.getsockname()[1], greeted
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE_S)
    for connection in connections:
        connection.close()
