"""A migration that is killed: the tables are the old ones or the new ones, and the next try makes them new."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import URL

from server_mqtt.shell.errors import StoreError
from server_mqtt.shell.store import Place, migrate, open_store
from tests.private_postgres import PrivatePostgres

DEATHS: Final = 4
"""Of each store, spread over all statements. By hand 61: all of SQLite's, and nearly all of PostgreSQL's 65."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> list[Place]:
    """Databases in which there is nothing yet."""
    numbers = range(1 + DEATHS)
    if request.param == "sqlite":
        return [tmp_path / f"{number}" for number in numbers]
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    return [postgres.new_database() for _ in numbers]


def _name(place: Place) -> str:
    return place.render_as_string(hide_password=False) if isinstance(place, URL) else str(place)


@pytest.mark.fault(27)
def test_a_migration_that_is_killed_at_any_statement_is_none(empty: list[Place]) -> None:
    dying = [sys.executable, "-m", "tests.server_mqtt.shell.dying_migrations", *map(_name, empty)]
    told = subprocess.run(dying, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr[-2000:]
    assert int(told.stdout) > DEATHS
    open_store(empty[0]).close()
    for place in empty[1:]:
        with pytest.raises(StoreError, match="migrate"):
            open_store(place)
        migrate(place)
        open_store(place).close()
