"""The PKI and the broker's configuration, against a real Mosquitto."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from server_mqtt.contract import topics
from server_mqtt.shell import broker as broker_end
from server_mqtt.shell.broker import Arrival, Broker, BrokerSettings, Publication
from server_mqtt.shell.clock import LinuxMachine, ServerClock
from server_mqtt.shell.errors import KeyFileError
from server_mqtt.shell.keys import device_of_certificate, key_files, load_keys, make_keys, share_group
from server_mqtt.shell.pki import Identity, make_device, make_pki, worker_id
from tests.private_broker import PrivateBroker
from tests.scenarios.device import WAIT_S, Device

pytestmark = pytest.mark.broker


def _settings(broker: PrivateBroker, who: Identity) -> BrokerSettings:
    return BrokerSettings(host="localhost", port=broker.port, ca=broker.ca, certificate=who.certificate, key=who.key)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    with PrivateBroker(tmp_path / "broker") as running:
        yield running


def test_a_device_writes_its_own_up_and_reads_its_own_down_only(broker: PrivateBroker) -> None:
    one, two = Device.plain(broker, "terminal-one"), Device.plain(broker, "terminal-two")

    async def server() -> list[Arrival]:
        arrived: list[Arrival] = []
        subscribed = asyncio.Event()
        connection = Broker(
            _settings(broker, broker.server),
            ServerClock(LinuxMachine(), 0),
            on_arrival=arrived.append,
            on_subscribed=subscribed.set,
            on_lost=lambda: None,
        )
        connection.start()
        await asyncio.wait_for(subscribed.wait(), 5)
        one.connect()
        two.connect()
        two.publish_raw(topics.up("terminal-one", "presence"), b"forged")
        one.publish_raw(topics.up("terminal-one", "presence"), b"mine")
        connection.publish(Publication(device="terminal-one", kind="reply", payload=b"for one"))
        connection.publish(Publication(device="terminal-two", kind="reply", payload=b"for two"))
        await asyncio.get_running_loop().run_in_executor(None, two.next_raw)
        while not arrived:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        await connection.stop()
        return arrived

    two.subscribe_raw("countersign/v1/+/down/+")
    arrived = asyncio.run(server())
    assert [(arrival.topic, arrival.payload) for arrival in arrived] == [
        ("countersign/v1/terminal-one/up/presence", b"mine")
    ]
    assert set(two.raw_seen) == {("countersign/v1/terminal-two/down/reply", b"for two")}
    one.close()
    two.close()


@pytest.mark.fault(6)
def test_the_server_notices_a_connection_that_is_only_half_there_and_comes_back(
    broker: PrivateBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_end, "KEEPALIVE_S", 1)

    async def server() -> None:
        subscribed, lost = asyncio.Event(), asyncio.Event()
        connection = Broker(
            _settings(broker, broker.server),
            ServerClock(LinuxMachine(), 0),
            on_arrival=lambda _: None,
            on_subscribed=subscribed.set,
            on_lost=lost.set,
        )
        connection.start()
        await asyncio.wait_for(subscribed.wait(), WAIT_S)
        subscribed.clear()
        assert broker._process is not None
        broker._process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.wait_for(lost.wait(), WAIT_S)
        finally:
            broker._process.send_signal(signal.SIGCONT)
        # What is said meanwhile is not lost in it: it stays in the outbox.
        assert not connection.publish(Publication(device="terminal-one", kind="reply", payload=b"for one"))
        await asyncio.wait_for(subscribed.wait(), WAIT_S)
        await connection.stop()

    asyncio.run(server())


def test_without_a_certificate_of_the_ca_nobody_gets_in(broker: PrivateBroker, tmp_path: Path) -> None:
    make_pki(tmp_path / "foreign")
    stranger = make_device(tmp_path / "foreign", "terminal-one")
    with pytest.raises(TimeoutError):
        Device.plain(broker, "terminal-one", stranger).connect(timeout_s=1.0)


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    make_pki(tmp_path)
    with pytest.raises(KeyFileError, match="never overwritten"):
        make_pki(tmp_path)
    make_device(tmp_path, "terminal-one")
    with pytest.raises(KeyFileError, match="never overwritten"):
        make_device(tmp_path, "terminal-one")


def test_a_certificate_names_its_device_and_key(tmp_path: Path) -> None:
    make_pki(tmp_path)
    files = make_device(tmp_path, "terminal-one")
    name, _key = device_of_certificate(files.certificate)
    assert name == "terminal-one"
    with pytest.raises(KeyFileError, match="no PEM certificate"):
        device_of_certificate(files.key)


MESSAGES = 20


@pytest.mark.fault(71)
def test_a_terminal_takes_nothing_from_a_group_of_servers_that_it_cannot_name(
    broker: PrivateBroker, tmp_path: Path
) -> None:
    make_keys(key_files(tmp_path / "keys"))
    group = share_group(load_keys(key_files(tmp_path / "keys")))
    one, greedy = Device.plain(broker, "terminal-one"), Device.plain(broker, "terminal-greedy")
    for guess in ("server", "countersign", "share", group.upper()):
        # Mosquitto deals to who names the group, and keeps from them what they may not read: it would be lost.
        greedy.subscribe_raw(topics.up_all(guess))

    async def servers() -> list[Arrival]:
        arrived: list[Arrival] = []
        connections = []
        for who in (broker.server, broker.worker(2)):
            subscribed = asyncio.Event()
            connections.append(
                Broker(
                    _settings(broker, who),
                    ServerClock(LinuxMachine(), 0),
                    share_group=group,
                    on_arrival=arrived.append,
                    on_subscribed=subscribed.set,
                    on_lost=lambda: None,
                )
            )
            connections[-1].start()
            await asyncio.wait_for(subscribed.wait(), 10)
        greedy.connect()
        one.connect()
        for number in range(MESSAGES):
            one.publish_raw(topics.up("terminal-one", "presence"), b"%d" % number)
        async with asyncio.timeout(10):
            while len(arrived) < MESSAGES:
                await asyncio.sleep(0.01)
        for connection in connections:
            await connection.stop()
        return arrived

    arrived = asyncio.run(servers())
    # Each message to one server, and both served.
    assert sorted(int(arrival.payload) for arrival in arrived) == list(range(MESSAGES))
    assert greedy.raw_seen == []
    one.close()
    greedy.close()


def test_servers_with_the_same_keys_share_a_group_and_others_do_not(tmp_path: Path) -> None:
    groups = []
    for name in ("one", "two"):
        make_keys(key_files(tmp_path / name))
        keys = load_keys(key_files(tmp_path / name))
        assert share_group(keys) == share_group(load_keys(key_files(tmp_path / name)))
        assert keys.template.hex() not in share_group(keys)
        groups.append(share_group(keys))
    assert groups[0] != groups[1]


def test_no_device_can_have_a_further_server_s_name() -> None:
    with pytest.raises(topics.TopicError):
        topics.check_device_id(worker_id(2))
