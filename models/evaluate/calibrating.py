"""From the scores of strangers and of people themselves to a calibration table. Pure.

Comparisons of one person are alike, so that thousands of scores of fifty people are no thousands of trials. What the
table says is therefore bounded by resampling people, not comparisons (subsets bootstrap: R. M. Bolle, N. K. Ratha,
S. Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", CVIU 93(1), 2004): each draw takes
as many owners as there are, some several times; the score of a rate is the one that 95 % of the draws do not exceed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.calibration import FORMAT, FORMAT_VERSION, Calibration, Knot, Measured, ModalityName
from models.evaluate.pairs import Pair
from models.evaluate.rates import CONFIDENCE
from models.evaluate.tail import TAIL_SHARE, Survival, TooFewError, survival

RATES: Final = tuple(digit * 10.0**-power for power in range(1, 6) for digit in (5, 2, 1))
"""The false match rates that have a knot, from one half to the smallest that a policy may ask for."""

DRAWS: Final = 400
"""Resamplings of owners: the 95 % point then lies between the 93rd and the 97th."""

OWNERS_MIN: Final = 20
"""Of fewer some resamplings hold hardly anybody, and the rule of 3 says nothing below 1 in 60 anyway."""

SCORE_DIGITS: Final = 5

METHOD: Final = (
    f"FMR counted down to {TAIL_SHARE:g}; beyond, a generalised Pareto tail of -ln(1 - score) by probability-weighted "
    "moments (Hosking and Wallis 1987), shape not below 0; each rate at the score that 95 % of "
    f"{DRAWS} resamplings of owners (subsets bootstrap, Bolle et al. 2004) do not exceed"
)
RULE_OF_THREE: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Scores 0 to 1 of strangers, with who was compared with whom (numbers of owners), and of people themselves."""

    non_mated: NDArray[np.float64]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    mated: NDArray[np.float64]
    owners: int

    @property
    def owner_pairs(self) -> int:
        """How many different pairs of strangers there are."""
        low, high = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        return len(np.unique(low * self.owners + high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a calibration holds for, and on what it was measured."""

    modality: ModalityName
    model_hash: str
    enrolled: int
    captured: int
    sources: tuple[str, ...]


def trials_of(pairs: Sequence[Pair]) -> Trials:
    """The scores of `pairs`, whose ids begin with their owner's name and one of `/` and `#`."""
    names = sorted({_owner(one) for pair in pairs for one in (pair.first, pair.second)})
    numbers = {name: number for number, name in enumerate(names)}
    strangers = [pair for pair in pairs if not pair.mated]
    return Trials(
        non_mated=np.array([pair.score for pair in strangers], np.float64),
        first=np.array([numbers[_owner(pair.first)] for pair in strangers], np.intp),
        second=np.array([numbers[_owner(pair.second)] for pair in strangers], np.intp),
        mated=np.array([pair.score for pair in pairs if pair.mated], np.float64),
        owners=len(names),
    )


def calibrated(subject: Subject, parts: Sequence[Trials], *, draws: int = DRAWS, seed: int = 0) -> Calibration:
    """The table of `subject`. Of several `parts` (two sensors' areas) the worse one counts at every rate.

    Raises TooFewError where there are too few to compare.
    """
    if not parts or any(not len(part.mated) or not len(part.non_mated) for part in parts):
        raise TooFewError("a calibration needs people compared with themselves and with strangers")
    if any(part.owners < OWNERS_MIN for part in parts):
        raise TooFewError(
            f"a calibration needs {OWNERS_MIN} people or fingers with enough samples each, "
            f"not {min(part.owners for part in parts)}"
        )
    whole = [survival(part.non_mated) for part in parts]
    bounds = np.max([_bounds(part, draws, seed) for part in parts], axis=0)
    pairs, owners = min(part.owner_pairs for part in parts), min(part.owners for part in parts)
    seen_to = min(RULE_OF_THREE / pairs, 1.0)
    return Calibration(
        format=FORMAT,
        version=FORMAT_VERSION,
        modality=subject.modality,
        model_hash=subject.model_hash,
        enrolled=subject.enrolled,
        captured=subject.captured,
        measured=Measured(
            sources=subject.sources,
            owners=owners,
            owner_pairs=pairs,
            non_mated=sum(len(part.non_mated) for part in parts),
            mated=sum(len(part.mated) for part in parts),
        ),
        method=METHOD,
        limits=_limits(owners, pairs, seen_to),
        fmr_seen_to=seen_to,
        knots=_knots(bounds, parts, whole),
    )


def _bounds(trials: Trials, draws: int, seed: int) -> NDArray[np.float64]:
    """For each of `RATES` the score that `CONFIDENCE` of the resamplings do not exceed."""
    chance = np.random.default_rng(seed)
    found = np.empty((draws, len(RATES)))
    for draw in range(draws):
        taken = np.bincount(chance.integers(trials.owners, size=trials.owners), minlength=trials.owners)
        drawn = survival(trials.non_mated, (taken[trials.first] * taken[trials.second]).astype(np.float64))
        found[draw] = [drawn.score_of(rate) for rate in RATES]
    return np.asarray(np.quantile(found, CONFIDENCE, axis=0, method="higher"))


def _knots(bounds: NDArray[np.float64], parts: Sequence[Trials], whole: Sequence[Survival]) -> tuple[Knot, ...]:
    knots = [Knot(score=0.0, fmr=1.0, fmr_likeliest=1.0, tmr=1.0)]
    for rate, bound in zip(RATES, bounds.tolist(), strict=True):
        score = min(float(np.ceil(bound * 10**SCORE_DIGITS)) / 10**SCORE_DIGITS, 1.0)
        if score <= knots[-1].score:
            continue  # many strangers score alike, and the higher rate is theirs
        likeliest = max(part.rate_of(score) for part in whole)
        tmr = min(float((part.mated >= score).mean()) for part in parts)
        knots.append(Knot(score=score, fmr=rate, fmr_likeliest=float(f"{likeliest:.2g}"), tmr=round(tmr, SCORE_DIGITS)))
    return tuple(knots)


def _limits(owners: int, pairs: int, seen_to: float) -> tuple[str, ...]:
    return (
        f"{owners} owners, {pairs} different pairs: no rate below {seen_to:.1g} is seen (rule of 3), the rest is tail",
        "repeated draws share samples: the numbers of comparisons are not numbers of independent trials",
        "strangers were not chosen to look alike: twins and relatives are not in it",
        "people and conditions of a shop were not in it: measure there, with `./run eval`",
    )


def _owner(sample: str) -> str:
    return sample.rpartition("/")[0] if "/" in sample else sample.rpartition("#")[0]
