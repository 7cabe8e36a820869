"""A broker, a server and a shop of their own, outside of pytest: for trials and benchmarks that run for minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.private_broker import PrivateBroker
from tests.private_postgres import PrivatePostgres
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

POLICY: Final[Mapping[str, int | float]] = {
    "resend_first_ms": 500,
    "payee_preset_time_ms": 120_000,
    "payer_preset_time_ms": 120_000,
}
"""Held money is asked for at once, and nobody is too late because servers start slowly on a busy machine."""
SHORT_HOLDS: Final[Mapping[str, int | float]] = {**POLICY, "hold_expiry_ms": 1_500}
"""For what happens when nobody comes for the money."""


@dataclass(frozen=True, slots=True)
class Place:
    """What something is tried in. `postgres` and `second` are None where the store is SQLite."""

    shop: Shop
    server: PrivateServer
    broker: PrivateBroker
    postgres: PrivatePostgres | None
    second: PrivateServer | None = None


@contextmanager
def opened_place(
    *, postgres: bool, policy: Mapping[str, int | float] = POLICY, durable: bool = False
) -> Iterator[Place]:
    """All of it running, on SQLite or on a PostgreSQL of its own, until the block ends.

    With `durable` this PostgreSQL syncs. On it there is a second server beside the first, which does not run yet.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-kill-")))
        cluster = stack.enter_context(PrivatePostgres(durable=durable)) if postgres else None
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        (folder / "server").mkdir()
        url = None if cluster is None else cluster.new_database()
        server = stack.enter_context(PrivateServer(folder / "server", broker, policy, url))
        shop = Shop(broker, server)
        stack.callback(shop.close)
        second = None
        if url is not None:
            (folder / "second").mkdir()
            second = PrivateServer(folder / "second", broker, policy, url, beside=server)
            stack.callback(second.close)
        yield Place(shop, server, broker, cluster, second)
