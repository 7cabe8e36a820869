"""A whole market for benchmarks: a broker, a server or two, terminals that pay as fast as they are answered."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server_mqtt.contract.messages import Modality, PaymentState
from tests.bench.cpu import own_s, used_s
from tests.private_broker import PrivateBroker
from tests.private_postgres import PrivatePostgres
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Customer, Shop

POLICY: Final = {"risk_threshold": 1.0}
"""Nobody is risky: payees who are paid many times a second would be, and every payment is to go the same way."""

FUNDS_MINOR: Final = 10**9
PAYMENTS_EACH: Final = 3
"""As many are counted at least, after one that is not: whoever began together ends together at first."""

LOOK_AGAIN_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Market:
    """`postgres` is None on SQLite."""

    folder: Path
    shop: Shop
    server: PrivateServer
    broker: PrivateBroker
    postgres: PrivatePostgres | None

    def couples(self, count: int, modality: Modality) -> list[tuple[Customer, Customer]]:
        """Newcomers who pay each other, payer first, and prove themselves by `modality`."""
        return [(self._customer(FUNDS_MINOR, modality), self._customer(0, modality)) for _ in range(count)]

    def _customer(self, funds_minor: int, modality: Modality) -> Customer:
        return self.shop.customer(funds_minor=funds_minor, enrolled=(modality,), accepts=(modality,))

    @contextmanager
    def second_worker(self) -> Iterator[PrivateServer]:
        """Another server at the same database and broker."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            url = self.server.place
            assert not isinstance(url, Path)
            with PrivateServer(Path(folder), self.broker, POLICY, url, beside=self.server) as second:
                yield second

    def is_sound(self) -> bool:
        """Whether every posting, balance and payment adds up."""
        return bool(self.server.ask("ledger", "verify")["sound"])


@contextmanager
def opened_market(*, postgres: bool) -> Iterator[Market]:
    """All of it running until the block ends; PostgreSQL with durable commits."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-")))
        cluster = stack.enter_context(PrivatePostgres(durable=True)) if postgres else None
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        (folder / "server").mkdir()
        url = None if cluster is None else cluster.new_database()
        server = stack.enter_context(PrivateServer(folder / "server", broker, POLICY, url))
        shop = Shop(broker, server)
        stack.callback(shop.close)
        yield Market(folder, shop, server, broker, cluster)


def pay(payer: Customer, payee: Customer) -> float:
    """One whole payment, from the request to both terminals' knowing that it is settled.

    Seconds from the payer's answer to the word that it is settled.
    """
    payment_id = payer.pay(payee, 1)
    payee.answer(payee.first(payment_id))
    answer = payer.capture(payer.second(payment_id))
    began_s = time.perf_counter()
    sent = payer.device.send(answer)
    payer.told(payment_id, PaymentState.SETTLED)
    took_s = time.perf_counter() - began_s
    payer.device.reply_to(sent)
    payee.told(payment_id, PaymentState.SETTLED)
    return took_s


@dataclass(frozen=True, slots=True)
class Throughput:
    """Payments per second, and by part of the whole the milliseconds of a processor that each payment took."""

    per_s: float
    payments: int
    cpu_ms: dict[str, float]


@contextmanager
def paying(couples: Sequence[tuple[Customer, Customer]], every_s: float = 0.0) -> Iterator[list[int]]:
    """Each of them pays, again and again, at most once in `every_s` seconds; what is yielded counts the payments.

    Raises what stopped a payment.
    """
    over = threading.Event()
    done = [0] * len(couples)

    def work(number: int) -> None:
        while not over.is_set():
            began_s = time.monotonic()
            pay(*couples[number])
            done[number] += 1
            over.wait(max(0.0, began_s + every_s - time.monotonic()))

    with ThreadPoolExecutor(len(couples), thread_name_prefix="couple") as threads:
        running = [threads.submit(work, number) for number in range(len(couples))]
        try:
            yield done
        finally:
            over.set()
        for one in running:
            one.result()


def throughput(market: Market, couples: Sequence[tuple[Customer, Customer]], seconds: float) -> Throughput:
    """How much all of them together get done in `seconds`, or in what they take for a few payments each."""
    with paying(couples) as done:
        while sum(done) < len(couples):
            time.sleep(LOOK_AGAIN_S)
        before, cpu_before, began_s = sum(done), _cpu_s(market), time.perf_counter()
        while time.perf_counter() < began_s + seconds or sum(done) - before < PAYMENTS_EACH * len(couples):
            time.sleep(LOOK_AGAIN_S)
        payments, cpu_after, took_s = sum(done) - before, _cpu_s(market), time.perf_counter() - began_s
    cpu_ms = {part: 1_000 * (cpu_after[part] - cpu_before[part]) / payments for part in cpu_before}
    return Throughput(payments / took_s, payments, cpu_ms)


def _cpu_s(market: Market) -> dict[str, float]:
    """What each part has used of the processors so far; terminals are this process."""
    assert market.server.process is not None
    parts = {
        "server": used_s([market.server.process.pid]),
        "broker": used_s([market.broker.pid]),
        "terminals": own_s(),
    }
    if market.postgres is not None:
        parts["database"] = used_s(market.postgres.processes())
    return parts
