"""Weights of the passive cues, fitted to labelled captures: logistic regression that keeps each cue's physics. Pure.

A cue speaks for life in one direction only, the one that its docstring gives a reason for. Where the captures would
have it the other way round, that is their accident: it gets no weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.liveness.cues.fusion import FARTHEST, CueWeight, Fusion

ALIVE_WHEN: Final[Mapping[str, float]] = {
    "parallax": 1.0,
    "moire": -1.0,
    "flicker": -1.0,
    "gamut": 1.0,
    "highlights": 1.0,
    "noise": 1.0,
}
"""+1: more of it is more alive, -1: less is."""
PENALTY: Final = 0.02
"""Of squared weights: few captures must not make great certainty."""
LOOKS_PENALTY: Final = 0.2
"""Of cues whose attacks are models of paper, displays and cameras. A plane's motion is exact geometry, wherever it is
made; a display's colours are what somebody wrote down, and real recordings did not confirm them."""
GEOMETRY: Final = frozenset({"parallax"})
ROUNDS: Final = 4000
STEP: Final = 0.5


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the cues of one capture came to; whose it was, and whether it was a person or which kind of attack."""

    figures: Mapping[str, float]
    alive: bool
    kind: str
    person: str


def fit(captures: Sequence[Labelled]) -> Fusion:
    """Weights of all captures; people and attacks count half each, however many there are.

    Raises ModelError where there are not both.
    """
    alive = np.array([one.alive for one in captures], np.bool_)
    if alive.all() or not alive.any():
        raise ModelError("weights need captures of people and of attacks")
    middles, spreads, columns = {}, {}, []
    for name, sign in ALIVE_WHEN.items():
        figures = np.array([one.figures.get(name, math.nan) for one in captures], np.float64)
        middles[name], spreads[name] = _scale(figures, alive)
        away = np.clip((figures - middles[name]) / spreads[name], -FARTHEST, FARTHEST)
        columns.append(sign * np.nan_to_num(away))
    weights, bias = _descend(np.stack(columns, axis=1), alive)
    cues = {
        name: CueWeight(round(middles[name], 4), round(spreads[name], 4), round(sign * float(weight), 4))
        for (name, sign), weight in zip(ALIVE_WHEN.items(), weights, strict=True)
    }
    return Fusion(cues, round(bias, 4))


def without_each_person(captures: Sequence[Labelled]) -> NDArray[np.float64]:
    """The score float64[n] of each capture by weights fitted to everybody else's: what strangers may expect."""
    scores = np.empty(len(captures), np.float64)
    for person in {one.person for one in captures}:
        fusion = fit([one for one in captures if one.person != person])
        for number, one in enumerate(captures):
            if one.person == person:
                scores[number] = fusion.score(one.figures)
    return scores


def area_under(alive: NDArray[np.float64], attacks: NDArray[np.float64]) -> float:
    """How often a person has more than an attack, ties counting half (the ROC curve's area); NaN without both."""
    if not len(alive) or not len(attacks):
        return math.nan
    more = (alive[:, None] > attacks[None]).mean() + 0.5 * (alive[:, None] == attacks[None]).mean()
    return float(more)


def _scale(figures: NDArray[np.float64], alive: NDArray[np.bool_]) -> tuple[float, float]:
    """Between the means of both kinds, and how far figures of a kind spread; 0 and 1 where too few were told."""
    groups = [group[np.isfinite(group)] for group in (figures[alive], figures[~alive])]
    if min(map(len, groups)) < 2:
        return 0.0, 1.0
    middle = float(np.mean([group.mean() for group in groups]))
    spread = float(np.sqrt(np.mean([group.var() for group in groups])))
    return middle, max(spread, 1e-3)


def _descend(votes: NDArray[np.float64], alive: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights of at least 0 and the bias that make the labels likeliest: gradient descent, projected."""
    share = np.where(alive, 0.5 / alive.sum(), 0.5 / (~alive).sum())
    penalties = np.array([PENALTY if name in GEOMETRY else LOOKS_PENALTY for name in ALIVE_WHEN])
    weights, bias = np.zeros(votes.shape[1]), 0.0
    for _ in range(ROUNDS):
        error = (1 / (1 + np.exp(-(votes @ weights + bias))) - alive) * share
        weights = np.maximum(0.0, weights - STEP * (votes.T @ error + penalties * weights))
        bias -= STEP * float(error.sum())
    return weights, bias
