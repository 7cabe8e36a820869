"""From a score to what it means: how often strangers reach it, and how much it speaks for the same person. Pure.

A calibration is a small file of numbers, made by `models.evaluate.calibrate` and kept in `models/calibration`. It holds
for one modality, the networks of one bundle, and so many samples enrolled and captured: with more samples both the
person's own scores and strangers' move, with other networks nothing of it is true any more.

Scores are 0 to 1 and rise with likeness. Between two knots the lower one counts: a stranger's rate is never understated
by the table's coarseness.
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.errors import CalibrationError

FORMAT: Final = "countersign-calibration"
FORMAT_VERSION: Final = 1

FILE_BYTES_MAX: Final = 64 * 1024
"""Ten times the largest of today."""

COUNT_MAX: Final = 10**12
"""Of anything that was compared: all people there are with a hundred others each."""
FMR_LEAST: Final = 1e-12
"""Of as many comparisons one; a ratio to next to nothing would be infinite."""

UNSEEN: Final = 0.5
"""Counted for every range of scores in which nobody's own score was seen (Jeffreys' prior): it may yet occur."""

ModalityName = Literal["face", "fingerprint"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]


class Knot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One score, and the share of strangers (`fmr`) and of people themselves (`tmr`) who reach it.

    `fmr` is the upper end of what the data allow with 95 %; `fmr_likeliest` the middle of it.
    """

    score: Share
    fmr: Annotated[float, msgspec.Meta(ge=FMR_LEAST, le=1)]
    fmr_likeliest: Share
    tmr: Share


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What it was measured on. Only numbers and names: no sample, no score of anybody."""

    sources: tuple[str, ...]
    owners: Count
    """People, or fingers."""
    owner_pairs: Count
    """Of strangers compared: what the comparisons of strangers really amount to, repeated draws being alike."""
    non_mated: Count
    mated: Count


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One table. `fmr_seen_to`: below it no stranger was seen and the tail's `method` speaks alone.

    Raises ValueError for a table that cannot be.
    """

    format: Literal["countersign-calibration"]
    version: int
    modality: ModalityName
    model_hash: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    enrolled: Count
    captured: Count
    measured: Measured
    method: str
    limits: tuple[str, ...]
    fmr_seen_to: Share
    knots: Annotated[tuple[Knot, ...], msgspec.Meta(min_length=2, max_length=200)]

    def __post_init__(self) -> None:
        if self.version != FORMAT_VERSION:
            raise ValueError(f"format version {self.version}, this program reads version {FORMAT_VERSION}")
        if self.knots[0].score != 0 or self.knots[0].fmr != 1:
            raise ValueError("the first knot is not that everybody reaches 0")
        for before, after in itertools.pairwise(self.knots):
            if not (before.score < after.score and before.fmr > after.fmr and before.tmr >= after.tmr):
                raise ValueError(f"the knot at {after.score} does not follow the one before: scores rise, rates fall")

    @property
    def fmr_min(self) -> float:
        """The smallest false match rate that this table can be asked for."""
        return self.knots[-1].fmr

    @property
    def name(self) -> str:
        """Which one it is, for people."""
        return f"{self.modality}, {self.enrolled} enrolled and {self.captured} captured"

    def fmr_of(self, score: float) -> float:
        """The false match rate of whoever scores `score` and more; 1 for what is no number."""
        return self.knots[self.bin_of(score)].fmr

    def score_for(self, fmr: float) -> float:
        """The lowest score that no more than `fmr` of strangers reach; raises CalibrationError for a rate too small."""
        for knot in self.knots:
            if knot.fmr <= fmr:
                return knot.score
        raise CalibrationError(
            f"a false match rate of {fmr:g} cannot be told from what was measured ({self.name}): "
            f"{self.fmr_min:g} is the smallest"
        )

    def bin_of(self, score: float) -> int:
        """The index of the last knot at or below `score`; the first for what is no number."""
        return 0 if math.isnan(score) else max(int(np.searchsorted(self._scores, score, side="right")) - 1, 0)

    def llr_of(self, score: float) -> float:
        """The natural logarithm of how much likelier such a score is of the person than of a stranger."""
        return float(self.llr[self.bin_of(score)])

    @cached_property
    def strangers(self) -> NDArray[np.float64]:
        """The share of strangers whose score lies from each knot up to the next; sums up to 1."""
        rates = np.array([knot.fmr for knot in self.knots] + [0.0])
        shares: NDArray[np.float64] = rates[:-1] - rates[1:]
        return shares

    @cached_property
    def llr(self) -> NDArray[np.float64]:
        """The log-likelihood ratio of each range of scores; never falls with the score.

        Shares of strangers are `fmr`'s, the upper ones, so a high score's ratio is understated rather than overstated.
        Ranges whose ratio would fall are pooled (pool adjacent violators: N. Brümmer, J. du Preez, "Application-
        independent evaluation of speaker detection", Computer Speech and Language 20, 2006).
        """
        rates = np.array([knot.tmr for knot in self.knots] + [0.0])
        seen = (rates[:-1] - rates[1:]) * self.measured.owners + UNSEEN
        return _pooled_logs(seen / seen.sum(), self.strangers)

    @cached_property
    def _scores(self) -> NDArray[np.float64]:
        return np.array([knot.score for knot in self.knots])


def encode_calibration(calibration: Calibration) -> bytes:
    """The one byte string that stands for `calibration`: JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(calibration), indent=1) + b"\n"


def decode_calibration(content: bytes, name: str) -> Calibration:
    """Reads a calibration back; raises CalibrationError, which names the file, for anything else."""
    if len(content) > FILE_BYTES_MAX:
        raise CalibrationError(f"{name} has {len(content)} bytes, at most {FILE_BYTES_MAX} are read")
    try:
        return msgspec.json.decode(content, type=Calibration)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CalibrationError(f"{name} is no calibration: {error}") from error


def _pooled_logs(own: NDArray[np.float64], strangers: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(own / strangers) of each range, neighbours pooled until it never falls."""
    blocks: list[tuple[float, float, int]] = []
    for own_share, strange_share in zip(own.tolist(), strangers.tolist(), strict=True):
        blocks.append((own_share, strange_share, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return np.concatenate([np.full(count, math.log(mine / theirs)) for mine, theirs, count in blocks])
