"""Which samples are compared with which, and the scores of all of them. Pure: the comparison is given.

Three protocols. `single`: every sample with every other. `as_paid`: as a payment compares: what was enrolled,
`enrolled` samples of one owner, with what is captured, `captured` others of theirs or of another's. `in_order`: the
same without chance, the first samples enrolled and each of the others captured.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from models.evaluate.rates import Comparisons

T = TypeVar("T")
R = TypeVar("R")
P = TypeVar("P")

DRAWS: Final = 20
"""How often one owner's samples are divided anew into enrolled and captured ones; by a seeded generator."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison, by the samples' ids (`owner#number`): ids are shown, images never."""

    first: str
    second: str
    mated: bool
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How many samples make a reference and a probe."""

    enrolled: int
    captured: int


def single(samples: Mapping[str, Sequence[T]], score: Callable[[T, T], float]) -> Iterator[Pair]:
    """Every two samples once."""
    every = [(owner, number, sample) for owner, several in samples.items() for number, sample in enumerate(several, 1)]
    for (owner, number, sample), (other, other_number, other_sample) in itertools.combinations(every, 2):
        yield Pair(f"{owner}#{number}", f"{other}#{other_number}", owner == other, score(sample, other_sample))


def as_paid(
    samples: Mapping[str, Sequence[T]],
    protocol: Protocol,
    reference: Callable[[Sequence[T]], R],
    probe: Callable[[Sequence[T]], P],
    score: Callable[[R, P], float],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Iterator[Pair]:
    """Each draw divides every owner's samples into a reference and a probe; all references meet all probes.

    Owners with too few samples are left out. Draws of one owner share samples, so that trials are not independent:
    a bound made of their count is too narrow, and whoever prints it says so.
    """
    chance = random.Random(seed)  # noqa: S311 - a protocol that can be repeated
    enough = {
        owner: several for owner, several in samples.items() if len(several) >= protocol.enrolled + protocol.captured
    }
    for draw in range(1, draws + 1):
        references: dict[str, R] = {}
        probes: dict[str, P] = {}
        for owner, several in enough.items():
            drawn = chance.sample(list(several), protocol.enrolled + protocol.captured)
            references[owner] = reference(drawn[: protocol.enrolled])
            probes[owner] = probe(drawn[protocol.enrolled :])
        for owner, other in itertools.product(references, probes):
            value = score(references[owner], probes[other])
            yield Pair(f"{owner}/{draw}", f"{other}/{draw}", owner == other, value)


def in_order(
    samples: Mapping[str, Sequence[T]], enrolled: int, score: Callable[[Sequence[T], T], float]
) -> Iterator[Pair]:
    """The first `enrolled` samples of each owner are their reference; every other sample meets all references.

    Nothing is drawn: what somebody else measured so on the same samples can be put beside it.
    """
    references = {owner: several[:enrolled] for owner, several in samples.items() if len(several) > enrolled}
    for owner in references:
        for number, probe in enumerate(samples[owner][enrolled:], enrolled + 1):
            for other, reference in references.items():
                yield Pair(other, f"{owner}#{number}", owner == other, score(reference, probe))


def comparisons_of(pairs: Sequence[Pair]) -> Comparisons:
    """The scores alone."""
    mated = np.array([pair.score for pair in pairs if pair.mated], np.float64)
    strangers = np.array([pair.score for pair in pairs if not pair.mated], np.float64)
    return Comparisons(mated, strangers)


def worst(pairs: Sequence[Pair], count: int) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """The `count` mated pairs that are least alike, and the `count` strangers who are most alike."""
    mated = sorted((pair for pair in pairs if pair.mated), key=lambda pair: pair.score)
    strangers = sorted((pair for pair in pairs if not pair.mated), key=lambda pair: -pair.score)
    return tuple(mated[:count]), tuple(strangers[:count])
