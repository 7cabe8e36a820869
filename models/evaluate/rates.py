"""Error rates of comparison and of liveness, with what the counts allow to be said of them. Pure.

Words after ISO/IEC 2382-37; the rates after ISO/IEC 19795-1 (FMR, FNMR, EER, DET) and ISO/IEC 30107-3 (APCER, BPCER).
A score rises with likeness everywhere here: of a distance, its negative is the score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

CONFIDENCE: Final = 0.95
"""Of every bound, on one side: the true rate lies below with this probability, trials being independent."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`errors` of `trials`, and the bound that the true rate stays below with `CONFIDENCE`."""

    errors: int
    trials: int

    @property
    def value(self) -> float:
        """The share seen; NaN where nothing was tried."""
        return self.errors / self.trials if self.trials else math.nan

    @property
    def bound(self) -> float:
        """Clopper and Pearson (1934), one side; without any error it is about 3 of `trials` (the rule of 3)."""
        return upper_bound(self.errors, self.trials)


def upper_bound(errors: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate at which `errors` or fewer of `trials` still have the probability 1 - `confidence`.

    1.0 where nothing was tried or everything failed. Raises ValueError for counts that cannot be.
    """
    if not 0 <= errors <= trials:
        raise ValueError(f"{errors} errors of {trials} trials cannot be")
    if errors == trials:
        return 1.0
    low, high = errors / trials, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if _at_most(errors, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(errors: int, trials: int, rate: float) -> float:
    """The probability of `errors` or fewer of `trials`; `rate` inside (0, 1)."""
    seen = np.arange(errors + 1, dtype=np.float64)
    choices = math.lgamma(trials + 1) - np.array(
        [math.lgamma(count + 1) + math.lgamma(trials - count + 1) for count in seen]
    )
    logs = choices + seen * math.log(rate) + (trials - seen) * math.log1p(-rate)
    top = float(logs.max())
    return float(np.exp(logs - top).sum() * math.exp(top))


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of mated comparisons (the same person or finger) and of non-mated ones."""

    mated: Scores
    non_mated: Scores

    def fmr(self, threshold: float) -> Rate:
        """False match rate: of the strangers, who scores `threshold` and more."""
        return Rate(int((self.non_mated >= threshold).sum()), len(self.non_mated))

    def fnmr(self, threshold: float) -> Rate:
        """False non-match rate: of the genuine, who scores less."""
        return Rate(int((self.mated < threshold).sum()), len(self.mated))


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold and both rates at it."""

    threshold: float
    fmr: float
    fnmr: float


def curve(comparisons: Comparisons) -> tuple[Point, ...]:
    """Both rates at every score seen and beyond the largest, by rising threshold: FMR falls from 1 to 0, FNMR rises.

    Raises ValueError where there is nothing of one kind to compare.
    """
    mated, strangers = np.sort(comparisons.mated), np.sort(comparisons.non_mated)
    if not len(mated) or not len(strangers):
        raise ValueError("a curve needs mated and non-mated comparisons")
    seen = np.unique(np.concatenate([mated, strangers]))
    thresholds = np.append(seen, np.nextafter(seen[-1], np.inf))
    fnmr = np.searchsorted(mated, thresholds, side="left") / len(mated)
    fmr = 1 - np.searchsorted(strangers, thresholds, side="left") / len(strangers)
    return tuple(
        Point(float(threshold), float(false_match), float(false_non_match))
        for threshold, false_match, false_non_match in zip(thresholds, fmr, fnmr, strict=True)
    )


def equal_error_rate(points: tuple[Point, ...]) -> float:
    """Where FMR and FNMR cross: the middle of both at the threshold at which they are nearest."""
    nearest = min(points, key=lambda point: (abs(point.fmr - point.fnmr), point.fmr + point.fnmr))
    return (nearest.fmr + nearest.fnmr) / 2


def threshold_for(points: tuple[Point, ...], fmr: float) -> Point:
    """The lowest threshold at which no more than `fmr` of the strangers seen match, and what it costs."""
    return next(point for point in points if point.fmr <= fmr)
