"""R1: the ledger's core on PostgreSQL over pgbench. R6: on SQLite over the same statements by the driver alone."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from server_mqtt.shell.sqlite import PRAGMAS
from server_mqtt.shell.store import migrate, open_store
from tests.bench import ledger
from tests.bench.figure import Figure, amount, ratio
from tests.bench.ledger import Rate
from tests.bench.raw_sqlite import Statement, copy_of, recorded, replay
from tests.private_postgres import PrivatePostgres

TOGETHER: Final = 64
"""Payments that arrived together, as many as a server takes into one transaction by default."""
PGBENCH_CLIENTS: Final = (1, 4, 16)
PGBENCH_SCALE: Final = 10
FIRST_COMMITS: Final = 5
"""By these it is seen how many take as long as pgbench took."""
P99_GOAL_MS: Final = 50

Tell = Callable[[str], None]


def r1(rounds: int, seconds: float, tell: Tell) -> Iterator[Figure]:
    """Both on one cluster with durable commits, in turns; pgbench at the number of clients that suits it best."""
    ours: list[Rate] = []
    theirs: list[float] = []
    with PrivatePostgres(durable=True) as postgres:
        url = postgres.new_database()
        migrate(url)
        peer = postgres.new_database()
        postgres.pgbench(peer, "--initialize", f"--scale={PGBENCH_SCALE}", "--quiet")
        with closing(open_store(url)) as store:
            ledger.fill(store)
            done = 0
            for number in range(1, rounds + 1):
                tell(f"R1: round {number} of {rounds}")
                theirs.append(max(_pgbench(postgres, peer, clients, seconds) for clients in PGBENCH_CLIENTS))
                first = ledger.settle(store, FIRST_COMMITS, TOGETHER, done)
                done += FIRST_COMMITS * TOGETHER
                commits = max(FIRST_COMMITS, int(seconds * len(PGBENCH_CLIENTS) * first.per_s / TOGETHER))
                ours.append(ledger.settle(store, commits, TOGETHER, done))
                done += commits * TOGETHER
            sound = ledger.is_sound(store)
    yield ratio(
        "R1",
        f"ledger core, {TOGETHER} payments a commit, hot accounts, on PostgreSQL",
        [rate.per_s for rate in ours],
        theirs,
        bound=">= 4",
        peer="pgbench TPC-B, best of 1, 4 and 16 clients",
        sound=sound,
    )
    p99_ms = 1_000 * max(rate.percentile_s(0.99) for rate in ours)
    commits = sum(len(rate.commits_s) for rate in ours)
    yield amount("R1-p99", "commit, 99th percentile", p99_ms, "ms", commits, bound=f"<= {P99_GOAL_MS}", sound=sound)


def r6(rounds: int, payments: int, tell: Tell) -> Iterator[Figure]:
    """One payment a commit, and as many as arrive together; both sides begin with a copy of the same file."""
    for name, together, bound in (("R6-single", 1, ">= 0.8"), ("R6-grouped", TOGETHER, ">= 3")):
        ours: list[float] = []
        theirs: list[float] = []
        sound = True
        with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
            empty = Path(folder, "empty")
            empty.mkdir()
            migrate(empty)
            with closing(open_store(empty)) as store:
                ledger.fill(store)
            one_by_one = _statements(empty, payments, 1)
            for number in range(1, rounds + 1):
                tell(f"{name}: round {number} of {rounds}")
                theirs.append(payments / _replayed(empty, one_by_one))
                per_s, whole = _settled(empty, payments, together)
                ours.append(per_s)
                sound = sound and whole
        what = f"ledger core on SQLite, {together} payments a commit"
        yield ratio(
            name, what, ours, theirs, bound=bound, peer="the same statements by sqlite3, one a commit", sound=sound
        )


def _pgbench(postgres: PrivatePostgres, database: URL, clients: int, seconds: float) -> float:
    options = (f"--client={clients}", "--jobs=2", f"--time={max(1, round(seconds))}", "--no-vacuum")
    said = postgres.pgbench(database, *options)
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


def _statements(empty: Path, payments: int, together: int) -> list[Statement]:
    folder = copy_of(empty, "recorded")
    with closing(open_store(folder)) as store, recorded(store) as statements:
        ledger.settle(store, payments // together, together)
    shutil.rmtree(folder)
    return statements


def _replayed(empty: Path, statements: list[Statement]) -> float:
    folder = copy_of(empty, "raw")
    seconds = replay(folder, statements, PRAGMAS)
    shutil.rmtree(folder)
    return seconds


def _settled(empty: Path, payments: int, together: int) -> tuple[float, bool]:
    folder = copy_of(empty, "ours")
    with closing(open_store(folder)) as store:
        rate = ledger.settle(store, payments // together, together)
        sound = ledger.is_sound(store)
    shutil.rmtree(folder)
    return rate.per_s, sound
