"""A worker on the bench: its broker, its committer and its comparer are puppets that note what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract import codec, topics
from server_mqtt.contract.messages import Ack, PaymentQuery
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.broker import Arrival, Publication
from server_mqtt.shell.comparison import UNREADABLE, Concluded, PendingComparison
from server_mqtt.shell.errors import StoreUnavailableError
from server_mqtt.shell.load import Load
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.worker import Outcome, Work, Worker
from server_mqtt.verification.finding import Asked

ID = "ab" * 16
DEVICE = "terminal-one"
PUBLICATION = Publication(device=DEVICE, kind="payment_status", payload=b"status")
PENDING = PendingComparison(
    payment_id=ID,
    instruction_id=ID,
    account="DE0001",
    context=b"",
    asked=Asked(modalities=(), all_modalities=False, challenge=(), preset_time_ms=1_000),
    probes=(),
)
CONCLUDED = Concluded(payment_id=ID, instruction_id=ID, account="DE0001", finding=UNREADABLE)

_LOAD = {
    "queue_limit": 100,
    "batch_limit": 10,
    "retry_after_ms": 500,
    "messages_a_minute": 1_000,
    "requests_a_minute": 1_000,
}


class FakeClock:
    """Time stands still unless it is moved."""

    def __init__(self) -> None:
        self.time_ms = 1_000

    def now_ms(self) -> int:
        return self.time_ms


class FakeBroker:
    """Notes what is published and acknowledged, in order."""

    def __init__(self) -> None:
        self.done: list[Publication | Arrival] = []

    def publish(self, publication: Publication) -> bool:
        self.done.append(publication)
        return True

    def acknowledge(self, arrival: Arrival) -> None:
        self.done.append(arrival)


class FakeComparer:
    """Concludes everything at once, unless its database is `away` or `broken`."""

    def __init__(self) -> None:
        self.away, self.asked = False, 0
        self.broken: Exception | None = None

    def conclude(self, pending: PendingComparison) -> Concluded:
        assert pending is PENDING
        self.asked += 1
        if self.away:
            raise StoreUnavailableError("gone")
        if self.broken is not None:
            raise self.broken
        return CONCLUDED


class FakeCommitter:
    """Answers each batch by `answer`, in the writer's thread, and ends the worker after the last one."""

    def __init__(self, answer: Callable[[Sequence[Work]], Outcome]) -> None:
        self.batches: list[tuple[Work, ...]] = []
        self.received_until_ms: list[int | None] = []
        self._answer = answer

    def commit(self, batch: Sequence[Work], now_ms: int, received_until_ms: int | None = None) -> Outcome:
        self.batches.append(tuple(batch))
        self.received_until_ms.append(received_until_ms)
        return self._answer(batch)


class Bench:
    """A worker on fakes."""

    def __init__(self, answer: Callable[[Sequence[Work]], Outcome], **load: int) -> None:
        self.broker, self.clock, self.ready = FakeBroker(), FakeClock(), 0
        self.committer, self.comparer = FakeCommitter(answer), FakeComparer()
        self.worker = Worker(
            committer=self.committer,
            comparer=self.comparer,
            voice=Voice(Ed25519PrivateKey.generate()),
            clock=self.clock,
            load=Load(**{**_LOAD, **load}),
            on_ready=self._note_ready,
        )

    def _note_ready(self) -> None:
        self.ready += 1


def an_arrival(kind: str = "payment_query", received_at_ms: int = 0, device: str = DEVICE) -> Arrival:
    body = Ack(message_id=ID, content_hash=bytes(32)) if kind == "ack" else PaymentQuery(payment_id=ID)
    payload = codec.encode(Ed25519PrivateKey.generate(), Direction.UP, device, ID, body)
    return Arrival(
        topic=topics.up(device, kind), payload=payload, packet_id=1, connection=1, received_at_ms=received_at_ms
    )


def run_through(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 20))
