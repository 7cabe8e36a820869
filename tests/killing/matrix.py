"""Every way to strike a server that there is, as a list of trials. Pure but for the trials themselves."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.killing.blows import Blow, strace_works
from tests.killing.database import kill, kill_session, session_struck, shut_down
from tests.killing.launcher import AT_START, POINTS
from tests.killing.load import MIXED, Kind
from tests.killing.place import Place
from tests.killing.trial import Trial, disturb, kill_at, kill_broker_at, kill_one_of_two, strike
from tests.private_postgres import PrivatePostgres

AT_ONCE: Final = 4
WRITES: Final = 24
"""Durable writes that are struck, one after the other; two payments at once make about as many."""
SESSION_WRITES: Final = 12
"""The same of PostgreSQL's, each of whose sessions and helpers counts its own."""
LONGEST_DELAY_S: Final = 1.5
"""Within which a broker or a database is killed: the payments are under way."""

LEADS_TO: Final[Mapping[str, Sequence[Kind]]] = {"release": (Kind.HELD,), "ring": (Kind.HELD,)}
"""Which payments pass these places often enough; the others, all do."""
WHILE_IDLE: Final = frozenset({"timer", "resend", "rows", "commit"})
LATER: Final = 6
"""These a server passes a few times before there is a payment."""
ONLY_REFUNDS: Final = frozenset({"refund"})
AND_REFUNDS: Final = frozenset({"ring", "posting", "receipt", "commit"})
"""Places that are tried once more with money that goes back."""


@dataclass(frozen=True, slots=True)
class Case:
    """One trial, and the exit codes one of which a server must have died with; none: no server may die.

    With `may_live` it may have gone on instead: SQLite passes over an error of the folder's sync and of a checkpoint's,
    because what was committed is in its journal all the same.
    """

    name: str
    run: Callable[[Place], Trial]
    dies_with: frozenset[int]
    may_live: bool = False

    def is_as_expected(self, trial: Trial) -> bool:
        """Whether servers died as they had to, and of nothing else."""
        died = set(trial.exit_codes)
        if not died:
            return self.may_live or not self.dies_with
        return bool(self.dies_with) and died <= self.dies_with


KILLED: Final = frozenset({-9})
REFUSED: Final = frozenset({1})
NOT_AT_ALL: Final[frozenset[int]] = frozenset()


def cases(times: int, seed: int, *, postgres: bool) -> Iterator[Case]:
    """Each named point `times` times, each durable write, and the broker's and the database's own deaths."""
    for point in POINTS:
        place = _place_of(point)
        if place not in ONLY_REFUNDS:
            kinds = LEADS_TO.get(place, MIXED)
            yield from _at_point(point, times, kinds)
            yield Case(f"broker killed at {point}", _broker_killed_at(point, kinds), NOT_AT_ALL)
            if postgres and place not in AT_START:
                yield Case(f"one of two, {point}", _one_of_two_killed_at(point, kinds), KILLED)
    if not postgres and strace_works():
        for at in range(1, WRITES + 1):
            yield Case(f"killed at durable write {at}", _struck(Blow.KILLED, at), KILLED)
            yield Case(f"EIO at durable write {at}", _struck(Blow.IO_ERROR, at), REFUSED, may_live=True)
            yield Case(f"ENOSPC at durable write {at}", _struck(Blow.NO_SPACE, at), REFUSED, may_live=True)
            yield Case(f"ENOSPC at write {at}", _struck(Blow.WRITE_NO_SPACE, at), REFUSED, may_live=True)
    dice = random.Random(seed)
    for number in range(1, times + 1):
        delay_s = dice.uniform(0, LONGEST_DELAY_S)
        yield Case(f"broker killed {number}", _broker_dies(delay_s, forgets=False), NOT_AT_ALL)
        yield Case(f"broker killed, empty afterwards {number}", _broker_dies(delay_s, forgets=True), NOT_AT_ALL)
        if postgres:
            yield Case(f"database shut down at once {number}", _database_dies(delay_s, shut_down), NOT_AT_ALL)
            yield Case(f"database killed {number}", _database_dies(delay_s, kill), NOT_AT_ALL)
            yield Case(f"session of the database killed {number}", _database_dies(delay_s, kill_session), NOT_AT_ALL)
    if postgres and strace_works():
        for at in range(1, SESSION_WRITES + 1):
            yield Case(f"session killed at durable write {at}", session_struck(AT_ONCE, Blow.KILLED, at), NOT_AT_ALL)
            yield Case(f"session: EIO at durable write {at}", session_struck(AT_ONCE, Blow.IO_ERROR, at), NOT_AT_ALL)
            yield Case(f"session: ENOSPC at durable write {at}", session_struck(AT_ONCE, Blow.NO_SPACE, at), NOT_AT_ALL)


def refunds(times: int, *, postgres: bool) -> Iterator[Case]:
    """What happens when nobody comes for the money: for a server whose holds are short."""
    for point in POINTS:
        place = _place_of(point)
        if place in ONLY_REFUNDS | AND_REFUNDS:
            yield from _at_point(point, times, (Kind.REFUNDED,))
        if place in ONLY_REFUNDS:
            yield Case(f"broker killed at {point}", _broker_killed_at(point, (Kind.REFUNDED,)), NOT_AT_ALL)
            if postgres:
                yield Case(f"one of two, {point}", _one_of_two_killed_at(point, (Kind.REFUNDED,)), KILLED)


def _place_of(point: str) -> str:
    return point.partition(":")[2]


def _at_point(point: str, times: int, kinds: Sequence[Kind]) -> Iterator[Case]:
    for at in range(1, 2 if _place_of(point) in AT_START else times + 1):
        yield Case(f"{point} {at}, {' '.join(kinds)}", _killed_at(point, at, kinds), KILLED)


def once(after_s: float, act: Callable[[], None]) -> Callable[[], None]:
    """What does `act` once, at the first call that is later than `after_s` from now."""
    at_s = time.monotonic() + after_s
    done = False

    def look() -> None:
        nonlocal done
        if not done and time.monotonic() >= at_s:
            done = True
            act()

    return look


def _killed_at(point: str, at: int, kinds: Sequence[Kind]) -> Callable[[Place], Trial]:
    return lambda place: kill_at(place.shop, place.server, point, at, AT_ONCE, kinds)


def _one_of_two_killed_at(point: str, kinds: Sequence[Kind]) -> Callable[[Place], Trial]:
    def run(place: Place) -> Trial:
        assert place.second is not None
        return kill_one_of_two(place.shop, place.server, place.second, point, AT_ONCE, _when_busy(point), kinds)

    return run


def _broker_killed_at(point: str, kinds: Sequence[Kind]) -> Callable[[Place], Trial]:
    """Before a step it comes back as it was, after it empty."""
    forgets, at = point.startswith("after:"), _when_busy(point)
    return lambda place: kill_broker_at(place.shop, place.server, point, AT_ONCE, at, kinds, forgets=forgets)


def _when_busy(point: str) -> int:
    return LATER if _place_of(point) in WHILE_IDLE else 1


def _struck(blow: Blow, at: int) -> Callable[[Place], Trial]:
    return lambda place: strike(place.shop, place.server, blow, at, AT_ONCE)


def _broker_dies(delay_s: float, *, forgets: bool) -> Callable[[Place], Trial]:
    def run(place: Place) -> Trial:
        def die() -> None:
            place.broker.kill()
            if forgets:
                place.broker.forget_everything()
            place.broker.start()

        return disturb(place.shop, place.server, once(delay_s, die), AT_ONCE)

    return run


def _database_dies(delay_s: float, die: Callable[[PrivatePostgres], None]) -> Callable[[Place], Trial]:
    def run(place: Place) -> Trial:
        postgres = place.postgres
        assert postgres is not None
        return disturb(place.shop, place.server, once(delay_s, lambda: die(postgres)), AT_ONCE)

    return run
