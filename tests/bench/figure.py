"""What a benchmark says: a ratio, what it is to be, and whether the database was sound afterwards. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final, TypedDict

AT_LEAST: Final = frozenset({"R1", "R2", "R6"})
"""Figures that their bound is below, by what their ids begin with; of all others it is above."""


class Figure(TypedDict):
    """One line of `report.json`. `value` is None where the run broke an invariant; `bound` where there is no goal."""

    id: str
    what: str
    value: float | None
    unit: str
    n: int
    bound: float | None
    peer: str
    passed_invariants: bool


def ratio(
    name: str, what: str, ours: Sequence[float], theirs: Sequence[float], *, bound: float, peer: str, sound: bool
) -> Figure:
    """The medians of both, ours over theirs, of runs that took turns."""
    value = median(ours) / median(theirs) if sound else None
    return Figure(
        id=name, what=what, value=value, unit="ratio", n=len(ours), bound=bound, peer=peer, passed_invariants=sound
    )


def amount(name: str, what: str, value: float, unit: str, count: int, *, bound: float | None, sound: bool) -> Figure:
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


def wants_more(figure: Figure) -> bool:
    """Whether the figure is to be at least its bound; else it is to be at most that."""
    words = figure["id"].split("-")
    return words[0] in AT_LEAST and figure["unit"] == "ratio"


def is_met(figure: Figure) -> bool | None:
    """Whether the goal is reached; None where there is none."""
    value, bound = figure["value"], figure["bound"]
    if bound is None:
        return None
    return value is not None and (value >= bound if wants_more(figure) else value <= bound)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that is above `share` of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
