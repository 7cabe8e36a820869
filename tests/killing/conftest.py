"""The broker, the server and the shop of the scenarios; held money is asked for at once."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import broker, database, server, shop

__all__ = ["broker", "database", "server", "shop"]


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    return {"resend_first_ms": 500, "busy_from": 1_000}
