"""The server's figures as Prometheus reads them. Impure: an HTTP server in threads of its own, reads of the database.

No label has a value that a terminal, a person or a payment could choose: kinds, events, reasons, states and currencies
are the program's own words, and whatever else comes is "other".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from server_mqtt.contract import topics
from server_mqtt.contract.currencies import exponent
from server_mqtt.contract.kinds import UP
from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell.clock import Clock
from server_mqtt.shell.errors import ServerError, StoreUnavailableError
from server_mqtt.shell.stock import Stock, take_stock
from server_mqtt.shell.store import Store

OTHER: Final = "other"
STOCK_AGE_MS: Final = 5_000
"""The database is looked at no more often than this, however many ask."""

_REASONS: Final = frozenset(reason.value for reason in Reason)
_COMMIT_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_COMPARE_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_BATCH_BUCKETS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

log = structlog.get_logger(__name__)


class Metrics:
    """A meter whose figures a registry holds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        in_it = self.registry
        self._messages = Counter(
            "countersign_messages_received", "Messages of terminals, by kind.", ["kind"], registry=in_it
        )
        self._busy = Counter(
            "countersign_messages_put_off",
            "Messages answered with busy, before anything was done: at whose limit.",
            ["limit"],
            registry=in_it,
        )
        self._events = Counter(
            "countersign_events", "What was committed, as in the log.", ["event", "reason"], registry=in_it
        )
        self._ended = Counter("countersign_payments", "Payments that entered this state.", ["state"], registry=in_it)
        self._commit = Histogram(
            "countersign_commit_seconds", "One transaction.", buckets=_COMMIT_BUCKETS_S, registry=in_it
        )
        self._batch = Histogram(
            "countersign_commit_works", "Messages and results in one.", buckets=_BATCH_BUCKETS, registry=in_it
        )
        self._compare = Histogram(
            "countersign_comparison_seconds", "One answer.", buckets=_COMPARE_BUCKETS_S, registry=in_it
        )
        self._database = Gauge("countersign_database_up", "Whether the database answers.", registry=in_it)
        self._broker = Gauge("countersign_broker_up", "Whether terminals are heard.", registry=in_it)
        Info("countersign_build", "What is running.", registry=in_it).info({"version": version("countersign")})
        self._database.set(1)

    def arrived(self, topic: str) -> None:
        """See Meter."""
        try:
            _, kind = topics.parse_up(topic)
        except topics.TopicError:
            kind = OTHER
        self._messages.labels(kind if kind in UP else OTHER).inc()

    def put_off(self, *, too_fast: bool) -> None:
        """See Meter."""
        self._busy.labels("terminal" if too_fast else "server").inc()

    def committed(self, works: int, seconds: float, notes: Sequence[Mapping[str, object]]) -> None:
        """See Meter."""
        self._commit.observe(seconds)
        self._batch.observe(works)
        for note in notes:
            reason = note.get("reason")
            self._events.labels(str(note["event"]), _known(reason, _REASONS)).inc()
            if note["event"] == "payment" and note.get("entered"):
                self._ended.labels(_known(note.get("state"), frozenset(PaymentState))).inc()

    def compared(self, seconds: float) -> None:
        """See Meter."""
        self._compare.observe(seconds)

    def database(self, *, there: bool) -> None:
        """See Meter."""
        self._database.set(there)

    def broker(self, *, there: bool) -> None:
        """See Meter."""
        self._broker.set(there)


class StockCollector:
    """What lies in the database, looked up when somebody asks and it was not just looked up."""

    def __init__(self, store: Store, clock: Clock, lockout_failures: int) -> None:
        self._store, self._clock = store, clock
        self._lockout_failures = lockout_failures
        self._stock: Stock | None = None

    def collect(self) -> Iterable[Metric]:
        """Called by the registry, in a thread of the HTTP server. Nothing while the database is away."""
        now_ms = self._clock.now_ms()
        if self._stock is None or not 0 <= now_ms - self._stock.at_ms < STOCK_AGE_MS:
            try:
                with self._store.read() as connection:
                    self._stock = take_stock(connection, now_ms, self._lockout_failures)
            except (StoreUnavailableError, SQLAlchemyError) as error:
                # `database_up` tells it as well; figures that are not known are not invented.
                log.warning("stock_not_taken", error=type(error).__name__)
                self._stock = None
        return [] if self._stock is None else list(_families(self._stock))


def serve_metrics(metrics: Metrics, stock: StockCollector, host: str, port: int) -> None:
    """Answers at `host`:`port` for as long as the process lives. Raises ServerError where that is taken."""
    metrics.registry.register(stock)
    try:
        start_http_server(port, host, metrics.registry)
    except OSError as error:
        raise ServerError(f"[metrics]: nothing can listen at {host}:{port}: {error}") from error
    log.info("metrics_served", host=host, port=port)


def _families(stock: Stock) -> Iterable[Metric]:
    states = GaugeMetricFamily("countersign_payments_open", "Payments that are not over.", labels=["state"])
    for state, count in stock.open_payments.items():
        states.add_metric([state], count)
    held = GaugeMetricFamily("countersign_held_amount", "Frozen money, in whole units.", labels=["currency"])
    holds = GaugeMetricFamily("countersign_holds", "Payments whose money is frozen.", labels=["currency"])
    for currency, (count, amount_minor) in stock.held.items():
        held.add_metric([currency], amount_minor / 10 ** exponent(currency))
        holds.add_metric([currency], count)
    yield from (states, held, holds)
    for name, what, value in (
        ("outbox_waiting", "Messages that no terminal has acknowledged.", stock.outbox_waiting),
        ("outbox_oldest_seconds", "Since when the oldest of them waits.", stock.outbox_oldest_ms / 1000),
        ("timers_late_seconds", "How long the longest due timer has not been looked at.", stock.timer_late_ms / 1000),
        ("comparisons_pending", "Answers that are counted and not yet compared.", stock.comparisons_pending),
        ("terminals_online", "Terminals that are there.", stock.terminals_online),
        ("terminals", "Terminals that are known and not revoked.", stock.terminals),
        ("accounts_locked_out", "Accounts and modalities that must wait or be unlocked.", stock.locked_out),
    ):
        yield GaugeMetricFamily(f"countersign_{name}", what, value=value)


def _known(value: object, words: frozenset[str]) -> str:
    if value is None:
        return ""
    return str(value) if str(value) in words else OTHER
