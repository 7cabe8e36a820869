"""What PostgreSQL itself can do: pgbench's TPC-B, at the number of clients that suits it best."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import URL

from tests.bench.cpu import ended_children_s, used_s
from tests.private_postgres import PrivatePostgres

CLIENTS: Final = (1, 4, 16)
PEER: Final = "pgbench TPC-B, best of 1, 4 and 16 clients"

_SCALE: Final = 10


def pgbench_filled(postgres: PrivatePostgres) -> URL:
    """A database with pgbench's tables."""
    database = postgres.new_database()
    postgres.pgbench(database, "--initialize", f"--scale={_SCALE}", "--quiet")
    return database


@dataclass(frozen=True, slots=True)
class Peer:
    """Transactions per second, and what each took of the processors, at both ends of the socket."""

    per_s: float
    cpu_us: float


def best_pgbench(postgres: PrivatePostgres, database: URL, seconds: float) -> Peer:
    """The one of the highest rate; `seconds` for each."""
    return max((_run(postgres, database, clients, seconds) for clients in CLIENTS), key=lambda peer: peer.per_s)


def _run(postgres: PrivatePostgres, database: URL, clients: int, seconds: float) -> Peer:
    options = (f"--client={clients}", "--jobs=2", f"--time={max(1, round(seconds))}", "--no-vacuum")
    before_s = used_s(postgres.processes()) + ended_children_s()
    said = postgres.pgbench(database, *options)
    cpu_s = used_s(postgres.processes()) + ended_children_s() - before_s
    rate = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    count = re.search(r"^number of transactions actually processed: ([0-9]+)", said, re.MULTILINE)
    assert rate is not None, said
    assert count is not None, said
    return Peer(float(rate[1]), 1e6 * cpu_s / int(count[1]))
