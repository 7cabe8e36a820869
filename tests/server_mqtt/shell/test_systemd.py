"""What the service manager hears, at a real socket of its kind."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server_mqtt.shell.errors import ConfigError
from server_mqtt.shell.systemd import ServiceManager, service_manager

PID = 4711


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A service manager's socket, and the address that it tells its services."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@countersign-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind("\0" + name[1:] if name.startswith("@") else name)
        bound.settimeout(5)
        yield bound, name


def test_ready_status_alive_and_stopping_arrive_as_datagrams(listener: tuple[socket.socket, str]) -> None:
    bound, address = listener
    manager = service_manager({"NOTIFY_SOCKET": address}, PID)
    manager.ready("takes payments")
    manager.status("the database is away")
    manager.alive()
    manager.stopping()
    said = [bound.recv(1024).decode() for _ in range(4)]
    assert said[0] == "READY=1\nSTATUS=takes payments"
    assert said[1] == "STATUS=the database is away"
    assert said[2] == "WATCHDOG=1"
    assert said[3].startswith("STOPPING=1\n")


def test_nobody_is_told_where_nobody_listens() -> None:
    with capture_logs() as logs:
        service_manager({}, PID).ready("takes payments")
    assert logs == []


def test_a_socket_that_is_gone_is_a_warning_and_no_more(tmp_path: Path) -> None:
    with capture_logs() as logs:
        ServiceManager(str(tmp_path / "gone")).alive()
    assert [line["event"] for line in logs] == ["service_manager_not_told"]


def test_the_watchdog_is_fed_several_times_per_timeout() -> None:
    manager = service_manager({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(PID)}, PID)
    assert manager.ping_every_s == 1.0


@pytest.mark.parametrize(
    "environ",
    [
        {"NOTIFY_SOCKET": "/x"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "3000000"},
    ],
)
def test_no_watchdog_that_is_not_ours(environ: dict[str, str]) -> None:
    assert service_manager(environ, PID).ping_every_s is None


@pytest.mark.parametrize("timeout", ["soon", "-1", "0", "1.5"])
def test_a_watchdog_without_a_time_is_refused(timeout: str) -> None:
    with pytest.raises(ConfigError, match="WATCHDOG_USEC"):
        service_manager({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": timeout}, PID)
