"""A broker and a server's end for the tests of the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.private_broker import PrivateBroker
from tests.terminal.server_end import ServerEnd


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    with PrivateBroker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def server(broker: PrivateBroker) -> Iterator[ServerEnd]:
    with ServerEnd(broker) as connected:
        yield connected
