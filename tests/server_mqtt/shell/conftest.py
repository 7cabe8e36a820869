"""A migrated database for the tests of the shell: each runs on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from server_mqtt.shell.store import Place, Store, migrate, open_store
from tests.private_postgres import PrivatePostgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A migrated database of the test's own, of each kind."""
    if request.param == "sqlite":
        migrate(tmp_path)
        return tmp_path
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    template: URL = request.getfixturevalue("migrated")
    return postgres.copy_of(template)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = open_store(place)
    yield opened
    opened.close()
