"""An answer that releases frozen money meets the end of its hold, in two workers: exactly one of both happens."""

from __future__ import annotations

import random
import threading
import time
from typing import Final

import pytest
from sqlalchemy import URL, select

from server_mqtt.contract.messages import FirstInstruction, PaymentState, Presence, SecondInstruction
from server_mqtt.shell import journal, payments
from server_mqtt.shell.committer import BatchCommitter
from server_mqtt.shell.schema import ledger_accounts
from server_mqtt.shell.store import Place, Store
from server_mqtt.shell.worker import Outcome, Work
from tests.private_postgres import PrivatePostgres
from tests.server_mqtt.shell.beside import Worker
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies

pytestmark = pytest.mark.postgres

SEED: Final = 1
RACES: Final = 6
"""Each takes a fraction of a second. Of 125 that were run by hand 99 were released and 26 refunded."""
HEAD_START_S: Final = 0.02
"""About as long as one of the transactions takes."""
_AMOUNT_MINOR: Final = 5
_FUNDS_MINOR: Final = 10_000
_LATER_MS: Final = 60_000
"""Behind the payee's preset time."""


@pytest.fixture
def place(postgres: PrivatePostgres, migrated: URL) -> Place:
    """Of this kind alone: on SQLite there is one worker."""
    return postgres.copy_of(migrated)


def _hold(members: Members, payment_id: str, now_ms: int) -> int:
    """A payment whose payee did not come; when its hold ends."""
    commit, later_ms = members.committer.commit, now_ms + _LATER_MS
    commit([members.arrival(ANN, members.request(payment_id, _AMOUNT_MINOR))], now_ms)
    (second,) = (body for body in bodies(commit([], later_ms).publications) if isinstance(body, SecondInstruction))
    (pending,) = commit([members.arrival(ANN, members.consent(second))], later_ms).comparisons
    commit([members.comparer.conclude(pending)], later_ms)
    with members.store.read() as connection:
        payment = payments.find(connection, payment_id)
    assert payment is not None
    assert payment.hold is not None
    return payment.hold.expires_at_ms


def _appear(members: Members, payment_id: str, now_ms: int) -> FirstInstruction:
    """What the payee is asked when their terminal comes back."""
    said = members.committer.commit([members.arrival(BOB, Presence(online=True))], now_ms).publications
    with members.store.read() as connection:
        payment = payments.find(connection, payment_id)
    assert payment is not None
    assert payment.open is not None
    asked = [body for body in bodies(said) if isinstance(body, FirstInstruction)]
    return next(body for body in asked if body.instruction_id == payment.open.instruction_id)


def _race(committer: BatchCommitter, dice: random.Random, work: Work, work_at_ms: int, timer_at_ms: int) -> Outcome:
    """`work` in one worker and what is due in another, at once; what came of the work."""
    start = threading.Barrier(2)

    def do(*batch: Work, now_ms: int, head_start_s: float) -> Outcome:
        start.wait()
        time.sleep(head_start_s)
        return committer.commit(batch, now_ms)

    # Now this one comes first, now that, and mostly both are at it.
    pauses_s = dice.uniform(0, HEAD_START_S), dice.uniform(0, HEAD_START_S)
    working = Worker(lambda: do(work, now_ms=work_at_ms, head_start_s=pauses_s[0]))
    ringing = Worker(lambda: do(now_ms=timer_at_ms, head_start_s=pauses_s[1]))
    assert working.ended()
    assert ringing.ended()
    assert isinstance(ringing.result, Outcome), ringing.result
    assert isinstance(working.result, Outcome), working.result
    return working.result


@pytest.mark.fault(66)
def test_release_and_refund_race_each_other_and_one_of_them_wins(store: Store) -> None:
    members, dice, now_ms, released = Members(store), random.Random(SEED), 1_000, 0
    for number in range(1, 1 + RACES):
        payment_id = f"{number:032x}"
        ends_at_ms = _hold(members, payment_id, now_ms)
        first = _appear(members, payment_id, ends_at_ms - 8_000)
        answer = members.arrival(BOB, members.capture(first), received_at_ms=ends_at_ms - 1)
        for pending in _race(members.committer, dice, answer, ends_at_ms - 1, ends_at_ms).comparisons:
            _race(members.committer, dice, members.comparer.conclude(pending), ends_at_ms + 1, ends_at_ms + 1)
        now_ms = ends_at_ms + _LATER_MS
        members.committer.commit([], now_ms)
        with store.read() as connection:
            payment = payments.find(connection, payment_id)
            assert payment is not None
            assert payment.state in (PaymentState.RELEASED, PaymentState.REFUNDED)
            released += payment.state is PaymentState.RELEASED
            assert journal.balances_of(connection, BOB) == {"EUR": _FUNDS_MINOR + released * _AMOUNT_MINOR}
            assert journal.balances_of(connection, ANN) == {"EUR": _FUNDS_MINOR - released * _AMOUNT_MINOR}
    with store.read() as connection:
        assert journal.audit(connection).findings == ()
        rows = connection.execute(select(ledger_accounts.c.balance_minor)).scalars().all()
    assert sum(rows) == 0
