"""What one protocol on one collection came to. Values, and the step from scores to them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.evaluate.pairs import Pair, comparisons_of, worst
from models.evaluate.rates import Comparisons, Point, Rate, curve, equal_error_rate, threshold_for

WORST: Final = 10
"""Pairs shown of each kind."""
TARGET_FMRS: Final = (1e-2, 1e-3, 1e-4)
"""The false match rates at which FNMR is stated; which of them the data can show depends on its counts."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measurement:
    """Error rates of one protocol. `threshold` is the one in use, in scores."""

    id: str
    what: str
    comparisons: Comparisons
    threshold: float
    eer: float
    points: tuple[Point, ...]
    images: int
    not_acquired: int
    worst_mated: tuple[Pair, ...]
    worst_strangers: tuple[Pair, ...]
    beside: str | None = None
    """What another program came to by the same protocol, in words; None where nothing is known."""

    @property
    def fmr(self) -> Rate:
        """False match rate at the threshold in use."""
        return self.comparisons.fmr(self.threshold)

    @property
    def fnmr(self) -> Rate:
        """False non-match rate at the threshold in use."""
        return self.comparisons.fnmr(self.threshold)

    def at_fmr(self, fmr: float) -> Point | None:
        """The threshold for `fmr` and its FNMR; None where there are too few strangers to see so small a rate."""
        return threshold_for(self.points, fmr) if len(self.comparisons.non_mated) * fmr >= 1 else None


def measure_protocol(
    name: str,
    what: str,
    pairs: Sequence[Pair],
    threshold: float,
    acquisition: tuple[int, int],
    beside: str | None = None,
) -> list[Measurement]:
    """One measurement; none where the collection has no mated or no non-mated pair for this protocol.

    `acquisition`: images looked at, and of how many no template could be made.
    """
    comparisons = comparisons_of(pairs)
    if not len(comparisons.mated) or not len(comparisons.non_mated):
        return []
    points = curve(comparisons)
    mated, strangers = worst(pairs, WORST)
    images, not_acquired = acquisition
    return [
        Measurement(
            id=name,
            what=what,
            comparisons=comparisons,
            threshold=threshold,
            eer=equal_error_rate(points),
            points=points,
            images=images,
            not_acquired=not_acquired,
            worst_mated=mated,
            worst_strangers=strangers,
            beside=beside,
        )
    ]
