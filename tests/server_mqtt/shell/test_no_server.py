"""What must not run beside a server, and what no server may start beside: on both stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from server_mqtt.shell.errors import AlreadyRunningError
from server_mqtt.shell.store import Place, no_server, only_server


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "server.pem"
    path.write_bytes(b"a server's")
    return path


def test_while_a_server_runs_nobody_gets_the_database_for_himself(place: Place, certificate: Path) -> None:
    with only_server(place, certificate), pytest.raises(AlreadyRunningError), no_server(place):
        pass
    with no_server(place):
        pass


def test_while_somebody_has_it_no_server_starts(place: Place, certificate: Path) -> None:
    with no_server(place), pytest.raises(AlreadyRunningError), only_server(place, certificate):
        pass
    with only_server(place, certificate):
        pass
