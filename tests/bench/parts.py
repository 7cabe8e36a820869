"""Where the time between an answer and its result goes: the server's own steps, one after the other, without a wire."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from server_mqtt.shell.store import migrate, open_store
from server_mqtt.shell.worker import Outcome
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies, first_instruction, second_instruction

PARTS: Final = {
    "take": "the answer's commit, which counts it",
    "compare": "opening and comparing it",
    "move": "the result's commit, which moves the money",
}
_NOW_MS: Final = 1_800_000_000_000

R = TypeVar("R")


def parts_s(folder: Path, payments: int) -> dict[str, list[float]]:
    """Of `payments` payers' answers by finger on SQLite: how long each part took, in seconds, by its name."""
    migrate(folder)
    took: dict[str, list[float]] = {name: [] for name in PARTS}
    with closing(open_store(folder)) as store:
        members = Members(store)
        for _ in range(payments):
            _pay(members, took)
    return took


def _pay(members: Members, took: dict[str, list[float]]) -> None:
    commit = members.committer.commit
    request = members.request(uuid.uuid4().hex, 1)
    asked = commit([members.arrival(ANN, request, received_at_ms=_NOW_MS)], _NOW_MS)
    answer = members.arrival(BOB, members.capture(first_instruction(asked.publications)), received_at_ms=_NOW_MS)
    first = _conclude(members, commit([answer], _NOW_MS))
    consent = members.arrival(ANN, members.consent(second_instruction(first.publications)), received_at_ms=_NOW_MS)
    counted = _timed(took["take"], lambda: commit([consent], _NOW_MS))
    (pending,) = counted.comparisons
    concluded = _timed(took["compare"], lambda: members.comparer.conclude(pending))
    result = _timed(took["move"], lambda: commit([concluded], _NOW_MS))
    assert concluded.finding.verified, bodies(result.publications)


def _conclude(members: Members, outcome: Outcome) -> Outcome:
    (pending,) = outcome.comparisons
    return members.committer.commit([members.comparer.conclude(pending)], _NOW_MS)


def _timed(times_s: list[float], work: Callable[[], R]) -> R:
    began_s = time.perf_counter()
    done = work()
    times_s.append(time.perf_counter() - began_s)
    return done
