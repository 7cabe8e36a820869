"""The cues as one score: how odd the oddest of them is among living fingers. Reads the figures that ship, once.

Nothing is fitted to attacks: whatever was not thought of may be odd, too, and simulated artefacts must not decide
what real ones look like. (One-class training on living fingers alone: Engelsma and Jain, "Generalizing fingerprint
spoof detector: learning a one-class classifier", ICB 2019; the rule of LivDet 2023.)

The rule. Each cue speaks in one direction, the one that its docstring gives. A figure at the living fingers' median
is odd to 0.5, one at their outermost twentieth to 0.05, further out it falls as a logistic tail does: a factor of 19
for each such step. The score is the smallest of these, times how many cues could tell (Bonferroni): about this share
of living fingers, at most, looks so odd in anything. A policy that asks for 0.01 thus turns away about one living
touch in 100, on sensors like those measured.
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

LIVING: Final = Path(__file__).with_name("living.json")
LEAST_SCORE: Final = 0.005
"""What a server asks for unless its policy says otherwise: the oddest of 480 living touches had over twice that."""
_TAIL: Final = math.log(19.0)
"""A logistic distribution has 1 in 20 beyond this many of its scales."""
_FARTHEST: Final = 40.0
"""Scales: what is further out is as odd as numbers go."""


@dataclass(frozen=True, slots=True)
class Living:
    """A cue's figures of living fingers: their `median`, and the `edge` that the oddest twentieth lies beyond, on the
    side of artefacts."""

    median: float
    edge: float

    def oddness(self, figure: float) -> float:
        """The share of living fingers that look this odd or odder, 0 to 1."""
        steps = (figure - self.median) / (self.edge - self.median)
        return 1.0 / (1.0 + math.exp(max(-_FARTHEST, min(_FARTHEST, _TAIL * steps))))


@dataclass(frozen=True, slots=True)
class Fusion:
    """What is known of living fingers, by cue. Raises ModelError for numbers that cannot be."""

    cues: Mapping[str, Living]

    def __post_init__(self) -> None:
        for name, living in self.cues.items():
            if not (math.isfinite(living.median) and math.isfinite(living.edge) and living.median != living.edge):
                raise ModelError(f"what is known of the cue {name} of living fingers are no numbers that can be used")

    @classmethod
    @cache
    def shipped(cls) -> Fusion:
        """The project's own."""
        return cls.read(LIVING)

    @classmethod
    def read(cls, path: Path) -> Fusion:
        """From a file that `models.evaluate.finger_cues` wrote. Raises ModelError."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls({str(name): Living(**numbers) for name, numbers in content["cues"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"the figures of living fingers cannot be read from {path}: {error}") from error

    def score(self, figures: Mapping[str, float]) -> float:
        """How alive, 0 to 1: 1 where nothing is odd, or nothing could tell."""
        odd = [self.cues[name].oddness(figure) for name, figure in figures.items() if name in self.cues]
        return min(1.0, len(odd) * min(odd)) if odd else 1.0
