"""The disk fails, or the power, at the very moment at which the server makes something durable."""

from __future__ import annotations

from typing import Final

import pytest

from tests.killing.blows import Blow, strace_works
from tests.killing.trial import strike
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not strace_works(), reason="strace is missing, or may not trace here"),
]

AT_ONCE: Final = 2
KILLED: Final = -9
REFUSED: Final = 1
COMMITS: Final = (6, 7, 8, 5, 4, 9, 10)
"""Of how many a few payments are made depends on how many come together; and a checkpoint's write may fail without an
end: then the next of these is tried."""


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite: what PostgreSQL makes durable, another program does."""


@pytest.mark.fault(30)
def test_a_server_that_is_killed_while_it_writes_loses_and_doubles_nothing(shop: Shop, server: PrivateServer) -> None:
    assert KILLED in strike(shop, server, Blow.KILLED, 7, AT_ONCE).exit_codes


@pytest.mark.fault(21)
@pytest.mark.parametrize("blow", [Blow.IO_ERROR, Blow.NO_SPACE])
def test_a_disk_that_fails_ends_the_server_and_nothing_was_acknowledged(
    shop: Shop, server: PrivateServer, blow: Blow
) -> None:
    trials = (strike(shop, server, blow, at, AT_ONCE) for at in COMMITS)
    died = next(trial.exit_codes for trial in trials if trial.exit_codes)
    assert died == (REFUSED,)
    assert "the database refuses" in (server.folder / "log").read_text()
