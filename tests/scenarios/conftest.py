"""One broker and one server for each module of scenarios, and a shop in which everybody has an account of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.private_broker import PrivateBroker
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    """What the module's server is to be told beyond the defaults; a module may bring its own."""
    return {}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    with PrivateBroker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, broker: PrivateBroker, policy: dict[str, int | float]
) -> Iterator[PrivateServer]:
    with PrivateServer(tmp_path_factory.mktemp("server"), broker, policy) as running:
        yield running


@pytest.fixture(scope="module")
def shop(broker: PrivateBroker, server: PrivateServer) -> Iterator[Shop]:
    opened = Shop(broker, server)
    yield opened
    opened.close()
