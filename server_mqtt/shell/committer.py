"""One transaction over everything that queued up: messages, comparisons, timers, re-sends. Impure: the database.

What it adds is written together. If a piece of work fails by a fault of the program, nothing has happened, and all is
done again with a savepoint for each piece: that one alone is rolled back, its sender is told to try again, and the
others commit. A broken invariant (an assertion) and a database that refuses stop the server instead: nothing is
committed and nothing is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, TypeAlias

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server_mqtt.contract.messages import PayeeCapture, PayerCapture
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell import gathering, inbox, journal, locks, outbox, people, races, timers
from server_mqtt.shell.broker import Arrival
from server_mqtt.shell.comparison import Concluded
from server_mqtt.shell.intake import Refusal, read_body, read_envelope, refuse
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.pruning import Pruning
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.store import Store
from server_mqtt.shell.timers import COMPARE_AGAIN, Timer
from server_mqtt.shell.turn import Turn
from server_mqtt.shell.worker import UNANSWERED_KINDS, Outcome, Started, Subscribed, Work
from server_mqtt.verification.attempts import nothing_to_compare

TIMERS_AT_ONCE: Final = 64
"""Due timers in one transaction: messages that arrive meanwhile wait a few milliseconds, not seconds."""

RETRY_AFTER_MS: Final = 30_000
"""When work that failed by a fault of the program is tried again."""

LOOK_AGAIN_MS: Final = 1_000
"""How long another worker's due work may lie when it has died, or what an operator's command left to send."""

NOT_AT_ONCE_MS: Final = 20
"""A due timer that another worker has in hand at this moment is not looked for in a tight loop."""

COMPARISON_LEASE_MS: Final = 3_000
"""A comparison takes milliseconds: one that is not concluded by then was a dead worker's. Well within a preset time."""

CarryOut: TypeAlias = Callable[[Turn, Callable[[Turn], None], Callable[[Turn], None]], None]
"""How one piece of work is done within a transaction, and what is done in its place."""

log = structlog.get_logger(__name__)


class _WorkFailedError(Exception):
    """A piece of work failed by a fault of ours, and took the whole transaction with it."""


class BatchCommitter:
    """Runs in the writer thread."""

    def __init__(
        self,
        store: Store,
        voice: Voice,
        messages: MessageTurns,
        payments: PaymentTurns,
        pruning: Pruning | None = None,
    ) -> None:
        """`pruning`: None keeps every message for ever."""
        self._store, self._voice = store, voice
        self._messages, self._payments, self._pruning = messages, payments, pruning

    def commit(self, batch: Sequence[Work], now_ms: int, received_until_ms: int | None = None) -> Outcome:
        """Does all of `batch` and what is due; raises DBAPIError or AssertionError, and then nothing has happened.

        What another worker was in the way of is done again as a whole, with the same messages and at the same time.
        Raises StoreUnavailableError when the database is away; then `batch` may or may not have happened.
        """
        until_ms = now_ms if received_until_ms is None else received_until_ms
        return races.until_won(
            self._store,
            lambda: self._commit_together(batch, now_ms, until_ms),
            lambda race: log.info("transaction_repeated", race=race),
        )

    def _commit_together(self, batch: Sequence[Work], now_ms: int, until_ms: int) -> Outcome:
        try:
            with self._store.write() as connection, gathering.together(connection):
                return self._commit(connection, batch, now_ms, until_ms, _do_together)
        except _WorkFailedError:
            with self._store.write() as connection:
                return self._commit(connection, batch, now_ms, until_ms, _do_alone)

    def _commit(
        self, connection: Connection, batch: Sequence[Work], now_ms: int, until_ms: int, carry_out: CarryOut
    ) -> Outcome:
        whole = Turn(connection=connection, now_ms=now_ms)
        if self._store.shared:
            _lock(connection, batch, now_ms)
        for work in batch:
            carry_out(whole, partial(self._do, work), partial(self._excuse, work))
        for timer in timers.take_due(connection, until_ms, TIMERS_AT_ONCE):
            carry_out(whole, partial(self._ring, timer), partial(_try_again, timer))
        whole.publications += outbox.take_due(connection, now_ms)
        next_due_ms = _earliest(
            timers.next_due_ms(connection), outbox.next_due_ms(connection), self._prune(whole, now_ms)
        )
        next_due_ms = _look_again_ms(next_due_ms, now_ms, NOT_AT_ONCE_MS if self._store.shared else 0)
        return Outcome(
            publications=tuple(whole.publications),
            comparisons=tuple(whole.comparisons),
            next_due_ms=next_due_ms,
            notes=tuple(whole.notes),
        )

    def _prune(self, whole: Turn, now_ms: int) -> int | None:
        """When there is something to prune again."""
        if self._pruning is None:
            return None
        gone = self._pruning.take_turn(whole.connection, now_ms)
        if gone:
            whole.note("messages_pruned", count=gone)
        return self._pruning.next_due_ms(now_ms)

    def _do(self, work: Work, turn: Turn) -> None:
        match work:
            case Arrival():
                self._messages.take(turn, work)
            case Concluded():
                self._payments.concluded(turn, work)
            case Started():
                self._payments.take_up(turn)
            case Subscribed():
                people.forget_absences(turn.connection)
                outbox.bring_forward(turn.connection, turn.now_ms)

    def _ring(self, timer: Timer, turn: Turn) -> None:
        self._payments.timer(turn, timer)

    def _excuse(self, work: Work, whole: Turn) -> None:
        match work:
            case Arrival():
                self._tell_busy(work, whole)
            case Concluded():
                again = Timer(payment_id=work.payment_id, kind=COMPARE_AGAIN, subject=work.instruction_id, due_at_ms=0)
                _try_again(again, whole)

    def _tell_busy(self, arrival: Arrival, whole: Turn) -> None:
        envelope = read_envelope(arrival.topic, arrival.payload)
        if isinstance(envelope, Refusal) or envelope.kind in UNANSWERED_KINDS:
            return
        busy = refuse(envelope, Reason.BUSY, "the server could not do this now; nothing was changed")
        whole.publications.append(self._voice.refuse(envelope.device, busy, RETRY_AFTER_MS))


def _do_together(whole: Turn, work: Callable[[Turn], None], _excuse: Callable[[Turn], None]) -> None:
    """`work` with the rest; raises _WorkFailedError if it fails by a fault of ours."""
    turn = Turn(connection=whole.connection, now_ms=whole.now_ms)
    try:
        work(turn)
    except (DBAPIError, AssertionError):
        raise
    except Exception as error:
        raise _WorkFailedError from error
    whole.take_over(turn)


def _do_alone(whole: Turn, work: Callable[[Turn], None], excuse: Callable[[Turn], None]) -> None:
    """`work` in a savepoint of its own; instead of what fails by a fault of ours `excuse` is done."""
    turn = Turn(connection=whole.connection, now_ms=whole.now_ms)
    try:
        with whole.connection.begin_nested():
            work(turn)
    except (DBAPIError, AssertionError):
        raise
    except Exception:
        # A fault of ours in this one piece of work: it must not take the others with it, nor be lost.
        log.exception("work_failed")
        inbox.count(whole.connection, "work_failed", "")
        excuse(whole)
    else:
        whole.take_over(turn)


def _try_again(timer: Timer, whole: Turn) -> None:
    timers.add(whole.connection, timer.postponed(whole.now_ms + RETRY_AFTER_MS))


def _lock(connection: Connection, batch: Sequence[Work], now_ms: int) -> None:
    """Takes what this batch will need in the one order of all workers, so that they wait and do not deadlock."""
    concerned = [(payment_id, judged) for work in batch for payment_id, judged in _concerned(work)]
    locks.lock_payments(connection, {payment_id for payment_id, _ in concerned})
    parties = locks.lock_parties(connection, {payment_id for payment_id, judged in concerned if judged})
    due_ms = timers.next_due_ms(connection)
    if any(isinstance(work, Concluded) for work in batch) or (due_ms is not None and due_ms <= now_ms):
        # Only what a comparison or a timer brings about moves money.
        locks.lock_ledger(connection)
        journal.expect(connection, parties)


def _concerned(work: Work) -> Iterable[tuple[str, bool]]:
    """The payment that `work` is about, if any, and whether one of its parties is judged by it (see facts.judges)."""
    if isinstance(work, Concluded):
        yield work.payment_id, True
    elif isinstance(work, Arrival):
        envelope = read_envelope(work.topic, work.payload)
        body = envelope if isinstance(envelope, Refusal) else read_body(envelope)
        payment_id = getattr(body, "payment_id", None)
        if isinstance(payment_id, str):
            yield payment_id, isinstance(body, PayeeCapture | PayerCapture) and nothing_to_compare(body) is not None


def _look_again_ms(next_due_ms: int | None, now_ms: int, not_within_ms: int) -> int:
    latest = now_ms + LOOK_AGAIN_MS
    return latest if next_due_ms is None else min(latest, max(next_due_ms, now_ms + not_within_ms))


def _earliest(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)
