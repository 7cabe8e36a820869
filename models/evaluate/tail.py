"""How often strangers reach scores that hardly any of them, or none, was seen to reach. Pure.

Where data are many, their share is counted. Beyond, the largest `TAIL_SHARE` of them are fitted with a generalised
Pareto distribution, the limit law of what exceeds a high threshold (J. Pickands, "Statistical inference using extreme
order statistics", Annals of Statistics 3(1), 1975), by probability-weighted moments (J. R. M. Hosking, J. R. Wallis,
"Parameter and quantile estimation for the generalized Pareto distribution", Technometrics 29(3), 1987).

Scores s (0 to 1) are looked at as -ln(1 - s). For a distance d = 1 - s an exponential tail there is a power law of d
near 0, which is what distances in a space of any fixed dimension follow. A shape below 0 would claim a score that no
stranger can reach; so few people cannot show that, and it is taken as 0: rates are rather overstated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TAIL_SHARE: Final = 0.05
"""Enough of them to fit two numbers to, few enough to be a tail."""

SCORE_MAX: Final = 1.0 - 1e-12
"""Scores of 1 itself would be infinitely far out."""


class TooFewError(ValueError):
    """There are too few scores, or people, to say anything of rates."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The share `share` of all reaches `start`; what exceeds it is generalised Pareto of this `scale` and `shape` >= 0.

    In units of -ln(1 - score).
    """

    start: float
    share: float
    scale: float
    shape: float

    def score_of(self, rate: float) -> float:
        """The score that `rate`, at most `share`, of all reach."""
        far = np.log(self.share / rate)
        excess = self.scale * (far if self.shape == 0 else np.expm1(self.shape * far) / self.shape)
        return float(-np.expm1(-(self.start + excess)))

    def rate_of(self, score: float) -> float:
        """The share of all who reach `score`, which lies in the tail."""
        excess = max(float(_outward(np.array(score))) - self.start, 0.0) / self.scale
        far = excess if self.shape == 0 else np.log1p(self.shape * excess) / self.shape
        return float(self.share * np.exp(-far))


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """The share of all that reaches a score, counted or by the tail.

    `scores`: those seen, each once, falling; `reached`: the share of all who score so much or more.
    """

    scores: Floats
    reached: Floats
    tail: Tail

    def score_of(self, rate: float) -> float:
        """The lowest score that no more than `rate` reach."""
        if rate < self.tail.share:
            return self.tail.score_of(rate)
        index = int(np.searchsorted(self.reached, rate, side="right")) - 1
        return float(self.scores[max(index, 0)])

    def rate_of(self, score: float) -> float:
        """The share of all who reach `score`."""
        if float(_outward(np.array(score))) > self.tail.start:
            return self.tail.rate_of(score)
        index = int(np.searchsorted(-self.scores, -score, side="right")) - 1
        return float(self.reached[max(index, 0)])


def survival(scores: Floats, weights: Floats | None = None) -> Survival:
    """Of `scores` (0 to 1), each counted `weights` times (1 if None).

    Raises TooFewError where the largest of them are all the same, or too few: they have no tail.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    counted = weights > 0
    order = np.argsort(-scores[counted], kind="stable")
    sorted_scores, heavy = scores[counted][order], weights[counted][order]
    # Equal scores are reached together.
    first = np.flatnonzero(np.append(True, sorted_scores[1:] != sorted_scores[:-1])[: len(sorted_scores)])
    falling, grouped = sorted_scores[first], np.add.reduceat(heavy, first) if len(first) else heavy
    reached = np.cumsum(grouped) / grouped.sum()
    beyond = int(np.searchsorted(reached, TAIL_SHARE, side="left"))
    if not 2 <= beyond < len(falling):
        raise TooFewError("the largest scores are too few or too alike to say anything of larger ones")
    start = float(_outward(falling[beyond]))
    tail = _fitted(_outward(falling[:beyond])[::-1] - start, grouped[:beyond][::-1], start, float(reached[beyond - 1]))
    return Survival(falling, reached, tail)


def _fitted(excess: Floats, weights: Floats, start: float, share: float) -> Tail:
    """By Hosking's and Wallis's moments of the rising `excess`."""
    whole = weights.sum()
    above = 1.0 - (np.cumsum(weights) - weights / 2.0) / whole
    mean = float((weights * excess).sum() / whole)
    moment = float((weights * excess * above).sum() / whole)
    apart = mean - 2.0 * moment
    shape = 2.0 - mean / apart if apart > 0 else 0.0
    if shape <= 0:
        return Tail(start, share, mean, 0.0)
    return Tail(start, share, 2.0 * mean * moment / apart, shape)


def _outward(scores: Floats) -> Floats:
    outward: Floats = -np.log1p(-np.minimum(scores, SCORE_MAX))
    return outward
