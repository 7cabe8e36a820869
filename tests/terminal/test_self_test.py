"""What a check finds where something is wrong: each part for itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from server_mqtt.contract.messages import PaymentState, Role
from terminal import self_test
from terminal.config import TerminalConfig, load_config
from terminal.errors import ConfigError
from terminal.self_test import LinkError, Skipped, check_broker, check_camera, check_keys, check_reader, check_server
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYER, Counter, write_config
from tests.terminal.messages import new_id, status
from tests.terminal.server_end import ServerEnd, silence

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "LINK_TIMEOUT_S", 2.0)
    monkeypatch.setattr(self_test, "REPLY_TIMEOUT_S", 1.0)


@pytest.fixture
def path(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> Path:
    return write_config(tmp_path / "payer", broker, server, PAYER, bundle=tmp_path / "no.bundle")


@pytest.fixture
def config(path: Path) -> TerminalConfig:
    return load_config(path, {})


def test_a_broker_that_is_not_there(config: TerminalConfig, broker: PrivateBroker) -> None:
    broker.stop()
    with pytest.raises(LinkError, match="does not let us in"):
        check_broker(config)


def test_a_server_that_does_not_answer(config: TerminalConfig, server: ServerEnd) -> None:
    server.answers = silence
    assert check_broker(config).startswith("localhost:")
    with pytest.raises(LinkError, match="no answer"):
        check_server(config)


def test_a_server_with_another_key_has_not_answered(
    config: TerminalConfig, broker: PrivateBroker, tmp_path: Path
) -> None:
    with ServerEnd(broker) as impostor:
        write_config(tmp_path / "payer", broker, impostor, "other-terminal")  # the keys that are written are theirs
    with pytest.raises(LinkError, match="no answer"):
        check_server(config)


def test_a_check_takes_nothing_from_a_terminal(path: Path, config: TerminalConfig, server: ServerEnd) -> None:
    """What waits at the broker while somebody checks is still there for the terminal."""
    with Counter(path):
        server.expect_online()
    said = server.say(PAYER, status(new_id(), Role.PAYER, PaymentState.DECLINED))
    assert check_server(config).startswith("answered in")
    with Counter(path):
        server.expect_ack(said)


def test_sensors_that_are_not_configured_are_not_tried(config: TerminalConfig) -> None:
    for check in (check_camera, check_reader):
        with pytest.raises(Skipped):
            check(config)


@pytest.mark.parametrize(("days", "says"), [(-400, "expired"), (400, "not valid before")])
def test_a_certificate_out_of_its_time(config: TerminalConfig, broker: PrivateBroker, days: int, says: str) -> None:
    files = broker.device(PAYER)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    begins = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    moved = (
        x509.CertificateBuilder()
        .subject_name(certificate.subject)
        .issuer_name(certificate.subject)
        .public_key(certificate.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=30))
        .sign(key, None)  # type: ignore[arg-type]  # an Ed25519 key, as the PKI makes them
    )
    files.certificate.write_bytes(moved.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(ConfigError, match=says):
        check_keys(config)
