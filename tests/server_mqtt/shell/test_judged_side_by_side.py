"""Two workers that judge the same people at once: as if one had done so after the other.

One is stopped in the middle of its transaction, by a terminal's row that the test holds, when it has just judged.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import msgspec
import pytest
from sqlalchemy import URL, func, select, update

from server_mqtt.contract.messages import CaptureOutcome, FirstInstruction, PaymentState, PaymentStatus, Presence
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.shell import journal, payments, tallies
from server_mqtt.shell.broker import Arrival
from server_mqtt.shell.committer import BatchCommitter
from server_mqtt.shell.comparison import Concluded
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.schema import attempts, devices
from server_mqtt.shell.schema import tallies as tally_rows
from server_mqtt.shell.store import Place, Store, open_store
from server_mqtt.shell.worker import Work
from server_mqtt.verification.policies import Policies
from server_mqtt.verification.policy import MAX_BUSY_FROM, Policy
from tests.private_postgres import PrivatePostgres
from tests.scenarios.people import Person
from tests.server_mqtt.shell.beside import Worker, waits
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies, first_instruction, second_instruction

pytestmark = pytest.mark.postgres

LIMIT: Final = Policy().lockout_failures


@pytest.fixture
def place(postgres: PrivatePostgres, migrated: URL) -> Place:
    """Of this kind alone."""
    return postgres.copy_of(migrated)


@pytest.fixture
def members(store: Store) -> Members:
    """At a counter that is never too busy: locks alone are in the way."""
    return Members(store, policies=Policies(default=Policy(busy_from=MAX_BUSY_FROM)))


@pytest.fixture
def counter(members: Members, place: Place) -> Iterator[_Counter]:
    with closing(open_store(place)) as second:
        yield _Counter(members, second)


class _Counter:
    """Bob's counter, served by two workers."""

    def __init__(self, members: Members, second: Store) -> None:
        self.members, self.now_ms, self._payments = members, 1_000, 0
        turns = MessageTurns(members.voice, members.payments)
        self.first = members.committer
        self.second = BatchCommitter(second, members.voice, turns, members.payments)

    def do(self, *work: Work) -> list[object]:
        """By the first worker; what is said, and before it what is to be compared."""
        self.now_ms += 1
        outcome = self.first.commit(work, self.now_ms)
        return [*outcome.comparisons, *outcome.publications]

    def ask(self, amount_minor: int = 500) -> FirstInstruction:
        """A new payment."""
        self._payments += 1
        request = self.members.request(f"{self._payments:032x}", amount_minor)
        return first_instruction(self.do(self.members.arrival(ANN, request)))  # type: ignore[arg-type]

    def shown(self, first: FirstInstruction, who: Person) -> Concluded:
        """`who` answers; what the comparison came to, not yet committed."""
        pending, *_ = self.do(self.members.arrival(BOB, self.members.capture(first, [who.finger()])))
        return self.members.comparer.conclude(pending)  # type: ignore[arg-type]

    def aborted(self, first: FirstInstruction) -> Arrival:
        """An answer that counts as a failure as it arrives."""
        capture = msgspec.structs.replace(self.members.capture(first, []), outcome=CaptureOutcome.SENSOR_FAILED)
        return self.members.arrival(BOB, capture)

    def agreed(self, amount_minor: int) -> Concluded:
        """A payment up to Ann's consent; what the comparison came to, not yet committed."""
        told = self.do(self.shown(self.ask(amount_minor), self.members.people[BOB]))
        consent = self.members.consent(second_instruction(told))  # type: ignore[arg-type]
        pending, *_ = self.do(self.members.arrival(ANN, consent))
        return self.members.comparer.conclude(pending)  # type: ignore[arg-type]

    def failures(self) -> int:
        """Of Bob's finger, in a row."""
        with self.members.store.read() as connection:
            return next((tally.failures for tally in tallies.of_account(connection, BOB)), 0)

    def beside(self, judged: Work, other: Work) -> list[object]:
        """What is said of `other`, which the second worker is given when the first has judged, and not committed."""
        store, stopper = self.members.store, self.members.arrival(ANN, Presence(online=True))
        held = update(devices).where(devices.c.device == "terminal-ann").values(seen_at_ms=7)
        self.now_ms += 1
        with store.write() as connection:
            connection.execute(held)
            one = Worker(lambda: self.first.commit([judged, stopper], self.now_ms))
            assert waits(store, 1)
            two = Worker(lambda: self.second.commit([other], self.now_ms))
            assert waits(store, 2), two.result
        assert one.ended()
        assert two.ended()
        assert not isinstance(one.result, Exception), one.result
        assert not isinstance(two.result, Exception), two.result
        return list(two.result.publications)  # type: ignore[attr-defined]


@pytest.mark.fault(70)
def test_an_answer_is_judged_under_a_lock_that_another_worker_is_just_beginning(counter: _Counter) -> None:
    firsts = [counter.ask() for _ in range(LIMIT + 1)]
    own = counter.shown(firsts.pop(), counter.members.people[BOB])
    assert own.finding.verified
    fifth = counter.aborted(firsts.pop())
    counter.do(*(counter.aborted(first) for first in firsts))
    assert counter.failures() == LIMIT - 1
    told = second_instruction(counter.beside(fifth, own))  # type: ignore[arg-type]
    assert (told.first_result.verdict, told.first_result.reason) == (Verdict.COULD_NOT_BE_CHECKED, Reason.LOCKED_OUT)
    assert counter.failures() == LIMIT


@pytest.mark.fault(67)
def test_a_balance_that_another_worker_is_just_spending_is_not_spent_again(counter: _Counter) -> None:
    one, two = counter.agreed(6_000), counter.agreed(6_000)
    told = [body for body in bodies(counter.beside(one, two)) if isinstance(body, PaymentStatus)]  # type: ignore[arg-type]
    assert {(status.state, status.reason) for status in told} == {(PaymentState.DECLINED, Reason.INSUFFICIENT_FUNDS)}
    with counter.members.store.read() as connection:
        assert journal.balances_of(connection, ANN) == {"EUR": 4_000}
        assert journal.audit(connection).findings == ()


@pytest.mark.fault(70)
def test_two_workers_together_count_and_judge_no_more_failures_than_the_policy_allows(counter: _Counter) -> None:
    firsts = [counter.ask() for _ in range(4 * LIMIT)]
    strangers = [counter.shown(first, Person(50 + number)) for number, first in enumerate(firsts[: 2 * LIMIT])]
    aborted = [counter.aborted(first) for first in firsts[2 * LIMIT :]]
    mixed: list[Work] = [*strangers, *aborted]
    shares = [mixed[::2], mixed[1::2]]
    start = threading.Barrier(2)

    def serve(committer: BatchCommitter, share: list[Work]) -> None:
        start.wait()
        for work in share:
            committer.commit([work], 5_000)

    workers = [
        Worker(lambda committer=committer, share=share: serve(committer, share))  # type: ignore[misc]
        for committer, share in zip((counter.first, counter.second), shares, strict=True)
    ]
    assert all(worker.ended() for worker in workers)
    assert [worker.result for worker in workers] == [None, None]
    assert counter.failures() == LIMIT
    with counter.members.store.read() as connection:
        in_all = connection.execute(select(func.sum(tally_rows.c.failures_in_all))).scalar()
        judged = attempts.c.reason != Reason.LOCKED_OUT
        looked_at = connection.execute(select(func.count()).select_from(attempts).where(judged)).scalar()
        ended = [payments.find(connection, first.payment_id) for first in firsts]
    assert (in_all, looked_at) == (LIMIT, LIMIT)
    results = {payment.first_result.verdict for payment in ended if payment and payment.first_result}
    assert Verdict.VERIFIED not in results
