"""Failures as the server keeps them: counted before anything is compared, once each, whatever happens meanwhile."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    Modality,
    PayeeCapture,
    PayerStop,
    Probe,
    SealedProbe,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.shell import lockouts, tallies
from server_mqtt.shell.comparison import PendingComparison
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.operator_tables import unlocks
from server_mqtt.shell.store import Store
from server_mqtt.shell.worker import Outcome, Started
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.policies import Policies
from server_mqtt.verification.policy import MAX_BUSY_FROM, Policy
from tests.scenarios.people import Person
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies, first_instruction

FINGER = Modality.FINGERPRINT


@pytest.fixture
def members(store: Store) -> Members:
    """At a counter that is never too busy: locks alone are in the way."""
    return Members(store, policies=Policies(default=Policy(busy_from=MAX_BUSY_FROM)))


class Counter:
    """Bob's counter, where payment after payment is begun; `now_ms` is the server's time."""

    def __init__(self, members: Members) -> None:
        self.members, self.now_ms, self._payments = members, 1_000, 0

    def ask(self) -> tuple[str, Outcome]:
        """A new payment; what it brought about."""
        self._payments += 1
        payment_id = f"{self._payments:032x}"
        return payment_id, self.do(self.members.arrival(ANN, self.members.request(payment_id)))

    def do(self, *work: object) -> Outcome:
        self.now_ms += 1
        return self.members.committer.commit(work, self.now_ms)  # type: ignore[arg-type]

    def answer(self, first: FirstInstruction, *probes: Probe) -> tuple[PendingComparison, ...]:
        """Bob's terminal answers; what is to be compared."""
        return self.do(self.members.arrival(BOB, self.members.capture(first, probes))).comparisons

    def compare(self, *pending: PendingComparison) -> Outcome:
        return self.do(*(self.members.comparer.conclude(one) for one in pending))

    def failures(self) -> int:
        with self.members.store.read() as connection:
            return next((tally.failures for tally in tallies.of_account(connection, BOB)), 0)

    def fail(self, times: int) -> None:
        """So many strangers' fingers in a row, each in a payment of its own."""
        for number in range(times):
            payment_id, asked = self.ask()
            self.compare(*self.answer(first_instruction(asked.publications), Person(100 + number).finger()))
            self.do(self.members.arrival(ANN, PayerStop(payment_id=payment_id)))


def _told(outcome: Outcome) -> SecondInstruction:
    (second,) = [body for body in bodies(outcome.publications) if isinstance(body, SecondInstruction)]
    return second


def _aborted(
    members: Members, first: FirstInstruction, outcome: CaptureOutcome = CaptureOutcome.SENSOR_FAILED
) -> PayeeCapture:
    return msgspec.structs.replace(members.capture(first, []), outcome=outcome)


@pytest.mark.fault(70)
def test_new_payments_and_stops_give_nobody_more_attempts_and_the_delay_is_waited_for(members: Members) -> None:
    counter = Counter(members)
    counter.fail(5)
    assert counter.failures() == 5
    _, locked = counter.ask()
    told = _told(locked)
    assert (told.first_result.verdict, told.first_result.reason) == (Verdict.COULD_NOT_BE_CHECKED, Reason.LOCKED_OUT)
    counter.now_ms += 30_000
    _, asked = counter.ask()
    counter.compare(*counter.answer(first_instruction(asked.publications), members.people[BOB].finger()))
    assert counter.failures() == 0


def test_an_attempt_is_committed_before_it_is_compared_and_counts_although_the_server_dies(
    members: Members, store: Store
) -> None:
    counter = Counter(members)
    _, asked = counter.ask()
    (pending,) = counter.answer(first_instruction(asked.publications), Person(3).finger())
    # The server ends here. The next one finds the attempt and cannot but conclude it.
    assert counter.do(Started()).comparisons == (pending,)
    counter.compare(pending)
    assert counter.failures() == 1
    # And once is once.
    counter.compare(pending)
    assert counter.failures() == 1


@pytest.mark.fault(70)
def test_of_many_answers_at_once_no_more_than_five_are_looked_at(members: Members) -> None:
    counter = Counter(members)
    firsts = [first_instruction(counter.ask()[1].publications) for _ in range(8)]
    strangers = [
        pending for n, first in enumerate(firsts[:7]) for pending in counter.answer(first, Person(50 + n).finger())
    ]
    (own,) = counter.answer(firsts[7], members.people[BOB].finger())
    counter.compare(*strangers, own)
    assert counter.failures() == 5
    with members.store.read() as connection:
        (row,) = [row for row in lockouts.of_account(connection, Policy(), BOB, counter.now_ms) if row["failures"]]
    assert (row["state"], row["failures_in_all"], row["modality"]) == ("locked", 5, "fingerprint")


def test_many_of_the_account_s_own_answers_at_once_all_count(members: Members) -> None:
    counter = Counter(members)
    firsts = [first_instruction(counter.ask()[1].publications) for _ in range(8)]
    pending = [one for first in firsts for one in counter.answer(first, members.people[BOB].finger())]
    outcome = counter.compare(*pending)
    seconds = [body for body in bodies(outcome.publications) if isinstance(body, SecondInstruction)]
    assert [second.first_result.verdict for second in seconds] == [Verdict.VERIFIED] * 8
    assert counter.failures() == 0


@pytest.mark.fault(38)
@pytest.mark.parametrize("outcome", [CaptureOutcome.NOT_CAPTURED, CaptureOutcome.SENSOR_FAILED])
def test_an_aborted_capture_counts_for_what_was_asked_for(members: Members, outcome: CaptureOutcome) -> None:
    counter = Counter(members)
    _, asked = counter.ask()
    counter.do(members.arrival(BOB, _aborted(members, first_instruction(asked.publications), outcome)))
    assert counter.failures() == 1


def test_a_garbled_capture_counts_too(members: Members) -> None:
    counter = Counter(members)
    _, asked = counter.ask()
    garbage = (SealedProbe(key_id="", ciphertext=b"garbage"),)
    capture = msgspec.structs.replace(members.capture(first_instruction(asked.publications)), probes=garbage)
    counter.compare(*counter.do(members.arrival(BOB, capture)).comparisons)
    assert counter.failures() == 1


def test_fifty_failures_block_until_an_operator_re_enables(members: Members, store: Store) -> None:
    counter = Counter(members)
    rejected = Finding(verified=False, reason=Reason.NOT_RECOGNISED)
    with store.write() as connection:
        for hour in range(49):
            tallies.note(connection, Policy(), BOB, [FINGER], rejected, hour * 3_600_000)
    counter.now_ms += 50 * 3_600_000
    assert counter.failures() == 49
    counter.fail(1)
    counter.now_ms += 10**10
    assert _told(counter.ask()[1]).first_result.reason is Reason.LOCKED_OUT
    with store.write() as connection:
        tallies.unlock(connection, BOB, FINGER, "seen in person", counter.now_ms)
    first_instruction(counter.ask()[1].publications)
    with store.write() as connection:
        (row,) = [row for row in lockouts.of_account(connection, Policy(), BOB, counter.now_ms) if row["unlocked"]]
        assert (row["state"], row["failures"], row["failures_in_all"]) == ("open", 0, 50)
        with pytest.raises(OperatorError, match="no failures"):
            tallies.unlock(connection, BOB, FINGER, "again", counter.now_ms)


@pytest.mark.parametrize("statement", [delete(unlocks), update(unlocks).values(reason="none")])
def test_what_was_re_enabled_stays_on_record(members: Members, store: Store, statement: object) -> None:
    Counter(members).fail(1)
    with store.write() as connection:
        tallies.unlock(connection, BOB, FINGER, "seen in person", 1)
    with pytest.raises(DBAPIError, match="append-only"), store.write() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
