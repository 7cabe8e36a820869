"""What a benchmark says: a ratio, what it is to be, and whether the database was sound afterwards. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TypedDict


class Figure(TypedDict):
    """One line of `report.json`. `value` is None where the run broke an invariant; `bound` is the goal, in words."""

    id: str
    what: str
    value: float | None
    unit: str
    n: int
    bound: str
    peer: str
    passed_invariants: bool


def ratio(
    name: str, what: str, ours: Sequence[float], theirs: Sequence[float], *, bound: str, peer: str, sound: bool
) -> Figure:
    """The medians of both, ours over theirs, of runs that took turns."""
    value = median(ours) / median(theirs) if sound else None
    return Figure(
        id=name, what=what, value=value, unit="ratio", n=len(ours), bound=bound, peer=peer, passed_invariants=sound
    )


def amount(name: str, what: str, value: float, unit: str, count: int, *, bound: str, sound: bool) -> Figure:
    """A figure without a peer."""
    return Figure(
        id=name,
        what=what,
        value=value if sound else None,
        unit=unit,
        n=count,
        bound=bound,
        peer="",
        passed_invariants=sound,
    )
