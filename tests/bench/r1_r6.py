"""R1: the ledger's core on PostgreSQL over pgbench. R6: on SQLite over the same statements by the driver alone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from server_mqtt.shell.sqlite import PRAGMAS
from server_mqtt.shell.store import Store, migrate, open_store
from tests.bench import ledger
from tests.bench.cpu import own_s, used_s
from tests.bench.figure import Figure, amount, percentile, ratio
from tests.bench.ledger import Rate
from tests.bench.peer import CLIENTS, PEER, Peer, best_pgbench, pgbench_filled
from tests.bench.raw_sqlite import Statement, copy_of, recorded, replay
from tests.private_postgres import PrivatePostgres

TOGETHER: Final = 64
"""Payments that arrived together, as many as a server takes into one transaction by default."""
MANY_TOGETHER: Final = 256
"""As many as it takes if `batch_limit` says so."""
FIRST_COMMITS: Final = 5
"""By these it is seen how many take as long as pgbench took."""
R1_GOAL: Final = 4.0
P99_GOAL_MS: Final = 50.0

Tell = Callable[[str], None]


def r1(rounds: int, seconds: float, tell: Tell) -> Iterator[Figure]:
    """Both on one cluster with durable commits, in turns; pgbench at the number of clients that suits it best."""
    ours: dict[str, list[Run]] = {"R1": [], "R1-large": []}
    theirs: list[Peer] = []
    with PrivatePostgres(durable=True) as postgres:
        url = postgres.new_database()
        migrate(url)
        peer = pgbench_filled(postgres)
        with closing(open_store(url)) as store:
            ledger.fill(store)
            for number in range(1, rounds + 1):
                tell(f"R1: round {number} of {rounds}")
                theirs.append(best_pgbench(postgres, peer, seconds))
                for name, together in (("R1", TOGETHER), ("R1-large", MANY_TOGETHER)):
                    done = sum(run.payments for runs in ours.values() for run in runs)
                    ours[name].append(_settled_for(store, postgres, together, len(CLIENTS) * seconds, done))
            sound = ledger.is_sound(store)
    yield from _r1_figures(ours, theirs, sound)


@dataclass(frozen=True, slots=True)
class Run:
    """One side's turn: how fast it was, and what a payment took of the processors, here and in the database."""

    rate: Rate
    payments: int
    core_us: float
    database_us: float


def _settled_for(store: Store, postgres: PrivatePostgres, together: int, seconds: float, start: int) -> Run:
    first = ledger.settle(store, FIRST_COMMITS, together, start)
    commits = max(FIRST_COMMITS, int(seconds * first.per_s / together))
    core_s, database_s = own_s(), used_s(postgres.processes())
    rate = ledger.settle(store, commits, together, start + FIRST_COMMITS * together)
    core_s, database_s = own_s() - core_s, used_s(postgres.processes()) - database_s
    each_us = 1e6 / (commits * together)
    return Run(rate, (FIRST_COMMITS + commits) * together, core_s * each_us, database_s * each_us)


def _r1_figures(ours: Mapping[str, Sequence[Run]], theirs: Sequence[Peer], sound: bool) -> Iterator[Figure]:
    rates = [peer.per_s for peer in theirs]
    yield amount("R1-peer", "pgbench, transactions a second", median(rates), "1/s", len(rates), bound=None, sound=sound)
    peer_us = median(peer.cpu_us for peer in theirs)
    what = "processor time of a pgbench transaction"
    yield amount("R1-cpu-peer", what, peer_us / 1_000, "ms", len(rates), bound=None, sound=sound)
    for name, together in (("R1", TOGETHER), ("R1-large", MANY_TOGETHER)):
        runs = ours[name]
        what = f"ledger core, {together} payments a commit, hot accounts, on PostgreSQL"
        yield ratio(name, what, [run.rate.per_s for run in runs], rates, bound=R1_GOAL, peer=PEER, sound=sound)
        commits_s = [took_s for run in runs for took_s in run.rate.commits_s]
        p99_ms = 1_000 * percentile(commits_s, 0.99)
        what = f"commit of {together} payments, 99th percentile"
        yield amount(f"{name}-p99", what, p99_ms, "ms", len(commits_s), bound=P99_GOAL_MS, sound=sound)
        for part, used_us in (
            ("core", median(run.core_us for run in runs)),
            ("database", median(run.database_us for run in runs)),
        ):
            what = f"processor time of a payment, {together} a commit: {part}"
            yield amount(f"{name}-cpu-{part}", what, used_us / 1_000, "ms", len(runs), bound=None, sound=sound)
        what = f"processor time of a pgbench transaction over that of a payment, {together} a commit"
        used_us = median(run.core_us + run.database_us for run in runs)
        yield amount(f"{name}-by-cpu", what, peer_us / used_us, "times", len(runs), bound=None, sound=sound)


def r6(rounds: int, payments: int, tell: Tell) -> Iterator[Figure]:
    """One payment a commit, and as many as arrive together; both sides begin with a copy of the same file."""
    for name, together, bound in (("R6-single", 1, 0.8), ("R6-grouped", TOGETHER, 3.0)):
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
