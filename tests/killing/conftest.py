"""The broker, the server and the shop of the scenarios; held money is asked for at once."""

from __future__ import annotations

import pytest

from tests.killing.place import POLICY
from tests.scenarios.conftest import broker, database, server, shop

__all__ = ["broker", "database", "server", "shop"]


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    return dict(POLICY)
