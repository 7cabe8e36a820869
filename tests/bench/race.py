"""Two sides that take turns on the same pictures, and what a call of the one costs beside the other. Impure: clocks.

Needs the standard library only: the peers, in environments of their own, take their times by it too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final, TypeVar

from tests.bench.figure import Figure, amount

P = TypeVar("P")
Tell = Callable[[str], None]

THREADS: Final = {1: ("", "1 thread"), 2: ("-two", "2 threads")}
"""Of either side: what the ids of such figures end with, and how it is said."""
SPREAD_MAX: Final = 50.0
"""In percent: rounds that differ by more were of other programs' making."""
FEWER: Final = 3
"""On several threads so many times fewer rounds and pictures: where a core is busy, who waits for it spins."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one call, the mean of a round: by the clock, and of the processors (every thread's)."""

    wall_ms: float
    cpu_ms: float


Side = Callable[[], Cost]
"""Runs one round."""


@dataclass(frozen=True, slots=True)
class Race:
    """The rounds of both sides, in the order in which they took turns."""

    ours: tuple[Cost, ...]
    theirs: tuple[Cost, ...]


def timed(look: Callable[[P], object], pictures: Sequence[P], calls: int | None = None) -> Cost:
    """One round: `look` at every picture; what that costs for each of `calls` (as many as pictures, if not said)."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for picture in pictures:
        look(picture)
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    count = len(pictures) if calls is None else calls
    return Cost(1_000 * wall_s / count, 1_000 * cpu_s / count)


def rounds_on(threads: int, rounds: int) -> int:
    """How many are run on so many threads."""
    return rounds if threads == 1 else max(1, rounds // FEWER)


def pictures_on(threads: int, count: int) -> int:
    """How many of `count` pictures are looked at on so many threads."""
    return count if threads == 1 else max(1, count // FEWER)


def telling(tell: Tell, name: str) -> Tell:
    """The same, for what is about `name`."""
    return lambda text: tell(f"{name}: {text}")


def race(ours: Side, theirs: Side, rounds: int, tell: Tell) -> Race:
    """`rounds` of each in turns, after one of each that is not counted."""
    ours(), theirs()
    taken: list[tuple[Cost, Cost]] = []
    for number in range(1, rounds + 1):
        tell(f"round {number} of {rounds}")
        taken.append((ours(), theirs()))
    return Race(tuple(our for our, _ in taken), tuple(their for _, their in taken))


def race_figures(name: str, what: str, run: Race, *, bound: float | None, peer: str, sound: bool) -> Iterator[Figure]:
    """The ratio by the clock and by the processors, how far rounds differ, and the milliseconds of either side.

    Each ratio is the median of the rounds' own: who runs beside slows the two turns of a round alike. One whose rounds
    differ by more than `SPREAD_MAX` is told, and held against no goal.
    """
    by_clock = [our.wall_ms / their.wall_ms for our, their in zip(run.ours, run.theirs, strict=True)]
    by_cpu = [our.cpu_ms / their.cpu_ms for our, their in zip(run.ours, run.theirs, strict=True)]
    rounds = len(by_clock)
    for kind, said, ratios in (("", what, by_clock), ("-by-cpu", f"{what}, by processor time", by_cpu)):
        spread = _spread(ratios)
        goal = bound if spread <= SPREAD_MAX else None
        yield _ratio(f"{name}{kind}", said, ratios, bound=goal, peer=peer, sound=sound)
        wide = "width of the middle half of its rounds"
        yield amount(f"{name}{kind}-spread", wide, spread, "%", rounds, bound=None, sound=sound)
    for side, who, costs in (("", what, run.ours), ("-peer", peer, run.theirs)):
        for kind, value, how in (
            ("ms", median(cost.wall_ms for cost in costs), "by the clock"),
            ("cpu-ms", median(cost.cpu_ms for cost in costs), "of the processors"),
        ):
            yield amount(f"{name}{side}-{kind}", f"{who}: {how}", value, "ms", rounds, bound=None, sound=sound)


def _ratio(name: str, what: str, ratios: Sequence[float], *, bound: float | None, peer: str, sound: bool) -> Figure:
    return Figure(
        id=name,
        what=what,
        value=median(ratios) if sound else None,
        unit="ratio",
        n=len(ratios),
        bound=bound,
        peer=peer,
        passed_invariants=sound,
    )


def _spread(ratios: Sequence[float]) -> float:
    """The width of the middle half, in percent of the median."""
    if len(ratios) < 2:
        return 0.0
    low, middle, high = quantiles(ratios, n=4, method="inclusive")
    return 100 * (high - low) / middle
