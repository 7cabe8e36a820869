"""The cues as one score: a logistic function of what each came to. Reads the weights that ship with the project, once.

The weights are fitted by `./run cues`; `weights.json` says on what.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from models.errors import ModelError

WEIGHTS: Final = Path(__file__).with_name("weights.json")
LEAST_SCORE: Final = 0.15
"""What a server asks for unless its policy says otherwise: low, so that few people are turned away by statistics."""
FARTHEST: Final = 3.0
"""In deviations: one cue alone, gone wild, does not outvote all others."""


@dataclass(frozen=True, slots=True)
class CueWeight:
    """`weight` of a figure's distance from `middle`, in `spread`s; positive: more is more alive."""

    middle: float
    spread: float
    weight: float

    def vote(self, figure: float) -> float:
        """What `figure` adds to the log-odds of being alive."""
        away = (figure - self.middle) / self.spread
        return self.weight * max(-FARTHEST, min(FARTHEST, away))


@dataclass(frozen=True, slots=True)
class Fusion:
    """The weight of each cue by its name, and the log-odds when all are in the middle. Raises ModelError for numbers
    that cannot be."""

    cues: Mapping[str, CueWeight]
    bias: float

    def __post_init__(self) -> None:
        numbers = [
            self.bias,
            *(number for cue in self.cues.values() for number in (cue.middle, cue.spread, cue.weight)),
        ]
        if not all(math.isfinite(number) for number in numbers) or any(cue.spread <= 0 for cue in self.cues.values()):
            raise ModelError("the weights of the passive cues are no numbers that can be used")

    @classmethod
    @cache
    def shipped(cls) -> Fusion:
        """The project's own."""
        return cls.read(WEIGHTS)

    @classmethod
    def read(cls, path: Path) -> Fusion:
        """From a file that `./run cues` wrote. Raises ModelError."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            cues = {str(name): CueWeight(**numbers) for name, numbers in content["cues"].items()}
            return cls(cues, float(content["bias"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"the weights of the passive cues cannot be read from {path}: {error}") from error

    def score(self, figures: Mapping[str, float]) -> float:
        """How alive, 0 to 1. A cue that could not tell, says what is no number, or has no weight, adds nothing."""
        told = {name: figure for name, figure in figures.items() if name in self.cues and math.isfinite(figure)}
        votes = sum(self.cues[name].vote(figure) for name, figure in told.items())
        return 1 / (1 + math.exp(-(self.bias + votes)))
