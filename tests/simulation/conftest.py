"""What the simulation's tests share: silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.world import quiet_logs


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The product's logs go nowhere while a world is played."""
    before = structlog.get_config()
    quiet_logs()
    yield
    structlog.configure(**before)
