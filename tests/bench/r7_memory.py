"""R7: from the kill of a server to the first payment it takes again. Memory: of one server under load."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

from server_mqtt.contract.messages import ReplyStatus
from tests.bench.figure import Figure, amount
from tests.bench.peak import peak_mb
from tests.killing.load import couples, pay_all
from tests.killing.place import opened_place
from tests.scenarios.server import PrivateServer

FACTOR_GOAL: Final = 2
EXTRA_GOAL_S: Final = 1.0
MEMORY_GOAL_MB: Final = 120.0
AT_ONCE: Final = 8

_REOPEN: Final = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("SELECT count(*) FROM payments").fetchone()
connection.execute("BEGIN IMMEDIATE")
connection.execute("COMMIT")
"""
"""What any program must do at least: Python starts, the database is recovered, read, and ready to be written."""

Tell = Callable[[str], None]


def r7(rounds: int, tell: Tell) -> Iterator[Figure]:
    """In turns: the server is killed and pays again; a bare process opens the database that a kill left behind."""
    ours: list[float] = []
    theirs: list[float] = []
    with opened_place(postgres=False) as place:
        shop, server = place.shop, place.server
        payer, payee = shop.customer(), shop.customer(funds_minor=0)
        pay_all(couples(shop, AT_ONCE), shop.stranger, lambda: None)
        for number in range(1, rounds + 1):
            tell(f"R7: round {number} of {rounds}")
            server.kill()
            theirs.append(_reopened(server))
            began_s = time.perf_counter()
            server.start()
            assert payer.device.insist(payer.request(payee, 1)).status is ReplyStatus.ACCEPTED
            ours.append(time.perf_counter() - began_s)
        sound = bool(server.ask("ledger", "verify")["sound"])
    bound = (FACTOR_GOAL * median(theirs) + EXTRA_GOAL_S) / median(theirs)
    yield Figure(
        id="R7",
        what="from kill -9 to the next payment taken, with a broker, on SQLite",
        value=median(ours) / median(theirs) if sound else None,
        unit="ratio",
        n=rounds,
        bound=bound,
        peer=f"a bare process that opens the same database (goal: twice that and {EXTRA_GOAL_S:g} s)",
        passed_invariants=sound,
    )


def memory(rounds: int, tell: Tell) -> Iterator[Figure]:
    """The most that one server had in memory while it took `rounds` times several payments at once."""
    with opened_place(postgres=False) as place:
        shop, server = place.shop, place.server
        for number in range(1, rounds + 1):
            tell(f"memory: {number} of {rounds}")
            among = couples(shop, AT_ONCE)
            pay_all(among, shop.stranger, lambda: None)
            for couple in among:
                shop.goes(couple.payer)
                shop.goes(couple.payee)
            del among, couple
            gc.collect()  # a client keeps two sockets until it is collected; paho cannot watch more than 1,024
        assert server.process is not None
        most_mb = peak_mb(server.process.pid)
        sound = bool(server.ask("ledger", "verify")["sound"])
    count = rounds * AT_ONCE
    yield amount("memory", "peak of one server", most_mb, "MB", count, bound=MEMORY_GOAL_MB, sound=sound)


def _reopened(server: PrivateServer) -> float:
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", _REOPEN, str(server.data / "countersign.sqlite3")], check=True)
    return time.perf_counter() - began_s
