"""A broker that does not keep terminals apart: the server finds that out at its start, says so, and serves nobody."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from server_mqtt.contract import topics
from server_mqtt.contract.topics import ROOT
from server_mqtt.shell.broker import BrokerSettings
from server_mqtt.shell.broker_trial import BrokerAwayError, try_broker
from server_mqtt.shell.errors import BrokerTrustError, KeyFileError
from server_mqtt.shell.pki import PROBE_FILE, PROBE_ID, Identity, identity, make_device
from tests.private_broker import PrivateBroker
from tests.scenarios.device import Device
from tests.scenarios.server import PrivateServer

pytestmark = pytest.mark.broker

QUICK_S: Final = 5.0
"""Far more than it takes, far less than any of its time-outs."""

_OPEN: Final = {
    "everybody reads all": (f"pattern read {ROOT}/#", "a terminal hears "),
    "everybody hears the others' instructions": (f"pattern read {ROOT}/+/down/+", "a terminal hears "),
    "everybody speaks for all terminals": (f"pattern write {ROOT}/+/up/+", "a terminal may write "),
    "everybody speaks for the server": (f"pattern write {ROOT}/+/down/+", "a terminal may write "),
    "everybody does everything": ("pattern readwrite #", "a terminal may write "),
}
"""What is added to the access list, for terminals, and what the trial says of it."""


def _settings(broker: PrivateBroker) -> tuple[BrokerSettings, Identity]:
    server = broker.server
    settings = BrokerSettings(
        host="localhost", port=broker.port, ca=broker.ca, certificate=server.certificate, key=server.key
    )
    return settings, identity(broker.pki, PROBE_FILE)


def _changed(folder: Path, name: str, change: Callable[[str], str]) -> PrivateBroker:
    broker = PrivateBroker(folder)
    path = folder / name
    path.write_text(change(path.read_text()))
    return broker


def test_ours_is_trusted_at_once(broker: PrivateBroker) -> None:
    began_s = time.monotonic()
    try_broker(*_settings(broker))
    assert time.monotonic() - began_s < QUICK_S


@pytest.mark.fault(18)
@pytest.mark.parametrize("mistake", sorted(_OPEN))
def test_an_access_list_that_is_too_wide_is_found(tmp_path: Path, mistake: str) -> None:
    line, words = _OPEN[mistake]
    with (
        _changed(tmp_path, "acl", lambda text: f"{text}{line}\n") as wide,
        pytest.raises(BrokerTrustError, match=words),
    ):
        try_broker(*_settings(wide))


@pytest.mark.fault(18)
def test_no_access_list_at_all_is_found(tmp_path: Path) -> None:
    without = _changed(tmp_path, "mosquitto.conf", lambda text: re.sub("^acl_file .*$", "", text, flags=re.MULTILINE))
    with without, pytest.raises(BrokerTrustError, match="a terminal may write"):
        try_broker(*_settings(without))


@pytest.mark.fault(18)
def test_a_broker_that_lets_strangers_in_is_found(tmp_path: Path) -> None:
    def lax(text: str) -> str:
        for ours, theirs in (
            ("require_certificate true", "require_certificate false"),
            ("use_identity_as_username true", ""),
            ("use_username_as_clientid true", ""),
            ("allow_anonymous false", "allow_anonymous true"),
        ):
            assert ours in text
            text = text.replace(ours, theirs)
        return text

    open_to_all = _changed(tmp_path, "mosquitto.conf", lax)
    with open_to_all, pytest.raises(BrokerTrustError, match="no certificate"):
        try_broker(*_settings(open_to_all))


def test_a_terminal_that_may_say_nothing_is_found(tmp_path: Path) -> None:
    narrow = _changed(tmp_path, "acl", lambda text: text.replace("pattern write", "pattern deny"))
    with narrow, pytest.raises(BrokerTrustError, match="its own"):
        try_broker(*_settings(narrow))


def test_a_broker_that_is_not_there_is_no_broker_to_mistrust(tmp_path: Path) -> None:
    with pytest.raises(BrokerAwayError):
        try_broker(*_settings(PrivateBroker(tmp_path)))


@pytest.mark.fault(18)
def test_the_server_does_not_go_live_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    wide = _changed(tmp_path / "broker", "acl", lambda text: f"{text}pattern read {ROOT}/#\n")
    with wide:
        server = PrivateServer(tmp_path / "server", wide)
        with pytest.raises(RuntimeError, match="does not start") as refused:
            server.start()
        assert "countersign-server broker-config" in str(refused.value)
        assert "READY" not in str(refused.value)
        assert "New client connected" in wide.log
        # An operator who knows better may say so.
        server.start({"COUNTERSIGN_BROKER_SELF_TEST": "false"})
        assert server.stop() == 0
        server.store.close()


def test_without_a_probe_s_certificate_it_says_how_to_make_one(tmp_path: Path, broker: PrivateBroker) -> None:
    (tmp_path / "server").mkdir()
    server = PrivateServer(tmp_path / "server", broker)
    with pytest.raises(RuntimeError, match="pki probe"):
        server.start({"COUNTERSIGN_BROKER_PROBE_CERTIFICATE": str(tmp_path / "none.pem")})
    server.store.close()


def test_a_server_waits_for_a_broker_that_comes_later(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    broker = PrivateBroker(tmp_path / "broker")
    server = PrivateServer(tmp_path / "server", broker)
    (server.folder / "log").touch()

    def come() -> None:
        server.until_logged("broker_not_tried")
        broker.start()

    coming = threading.Thread(target=come)
    coming.start()
    with server:
        coming.join()
        assert [line["event"] for line in server.log if line["event"] in ("broker_trusted", "server_ready")] == [
            "broker_trusted",
            "server_ready",
        ]
    broker.stop()


def test_a_worker_takes_no_notice_of_another_s_probe(
    tmp_path_factory: pytest.TempPathFactory, broker: PrivateBroker
) -> None:
    with PrivateServer(tmp_path_factory.mktemp("server"), broker) as server:
        settings, probe = _settings(broker)
        other = broker.worker(2)
        try_broker(replace(settings, certificate=other.certificate, key=other.key), probe)
        teller = Device.plain(broker, "terminal-one").connect()
        teller.publish_raw(topics.up("terminal-one", "presence"), b"nobody knows me")
        server.until_logged("message_refused")
        refused = [line["device"] for line in server.log if line["event"] == "message_refused"]
        assert refused == ["terminal-one"]
        teller.close()


@pytest.mark.parametrize("name", [PROBE_ID, f"{PROBE_ID}-2"])
def test_no_terminal_gets_the_probe_s_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyFileError, match="choose another"):
        make_device(tmp_path, name)
