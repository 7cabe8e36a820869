"""One broker and one server for each module of scenarios, and a shop in which everybody has an account of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests.private_broker import PrivateBroker
from tests.private_postgres import PrivatePostgres
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


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> URL | None:
    """Both stores: None is SQLite, a URL an empty PostgreSQL database of the module's own."""
    if request.param == "sqlite":
        return None
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    return postgres.new_database()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    broker: PrivateBroker,
    policy: dict[str, int | float],
    database: URL | None,
) -> Iterator[PrivateServer]:
    with PrivateServer(tmp_path_factory.mktemp("server"), broker, policy, database) as running:
        yield running


@pytest.fixture(scope="module")
def shop(broker: PrivateBroker, server: PrivateServer) -> Iterator[Shop]:
    opened = Shop(broker, server)
    yield opened
    opened.close()
