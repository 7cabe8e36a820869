"""What PostgreSQL itself can do: pgbench's TPC-B, at the number of clients that suits it best."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import URL

from tests.private_postgres import PrivatePostgres

CLIENTS: Final = (1, 4, 16)
PEER: Final = "pgbench TPC-B, best of 1, 4 and 16 clients"

_SCALE: Final = 10


def pgbench_filled(postgres: PrivatePostgres) -> URL:
    """A database with pgbench's tables."""
    database = postgres.new_database()
    postgres.pgbench(database, "--initialize", f"--scale={_SCALE}", "--quiet")
    return database


def best_pgbench(postgres: PrivatePostgres, database: URL, seconds: float) -> float:
    """The highest of the rates, in transactions per second; `seconds` for each."""
    return max(_rate(postgres, database, clients, seconds) for clients in CLIENTS)


def _rate(postgres: PrivatePostgres, database: URL, clients: int, seconds: float) -> float:
    options = (f"--client={clients}", "--jobs=2", f"--time={max(1, round(seconds))}", "--no-vacuum")
    said = postgres.pgbench(database, *options)
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])
