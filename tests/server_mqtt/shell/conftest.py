"""A migrated database for the tests of the shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server_mqtt.shell.store import Store, migrate, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    migrate(tmp_path)
    opened = open_store(tmp_path)
    yield opened
    opened.close()
