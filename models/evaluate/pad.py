"""What presentations to a capture came to: APCER per species of attack, BPCER of people. Values and counting. Pure.

After ISO/IEC 30107-3: an attack presentation classification error is an attack taken for a person (APCER, one rate
per species, never pooled); a bona fide presentation classification error is a person taken for an attack (BPCER). A
presentation is judged three times: by the passive cues alone, by what else judges it alone (of a face the challenge,
of a finger the comparison with whom it is of), and by both, as paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.evaluate.rates import Rate
from models.evaluate.report import Figure

SHOWABLE: Final = 0.07
"""FIDO's biometric requirements and Android's class 3 allow at most 7 % of a species; fewer than 42 presentations
without an error cannot show that."""

CHALLENGE: Final = "challenge"
COMPARISON: Final = "comparison"
"""What judges a face, and what judges a finger, beside the cues."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """One judged presentation. `challenge`: whether what was asked for was done, of a finger whether it matched; None
    where nothing was asked; `cues`: whether the passive score was enough; `why`: how the challenge ended."""

    species: str
    source: str
    challenge: bool | None
    cues: bool
    score: float
    why: str
    figures: Mapping[str, float]

    @property
    def accepted(self) -> bool:
        """Whether it was taken for a living person who consents."""
        return self.challenge is not False and self.cues


@dataclass(frozen=True, slots=True)
class PadMeasurement:
    """All presentations of one species. `simulated`: made by a program, of photos; else of real recordings."""

    species: str
    what: str
    bona_fide: bool
    simulated: bool
    presentations: tuple[Presentation, ...]
    other_judge: str = CHALLENGE
    """What judged them beside the cues."""

    @property
    def id(self) -> str:
        """As in the report."""
        return f"pad-{self.species}"

    @property
    def asked(self) -> bool:
        """Whether a challenge was asked for at all: a clip of a person does not do as it is told."""
        return any(one.challenge is not None for one in self.presentations)

    @property
    def rate(self) -> Rate:
        """APCER of an attack, BPCER of people, as paid."""
        return self._rate([one.accepted for one in self.presentations])

    @property
    def by_challenge(self) -> Rate:
        """The same, had there been no passive cues: by the challenge, or the comparison, alone."""
        return self._rate([one.challenge for one in self.presentations if one.challenge is not None])

    @property
    def by_cues(self) -> Rate:
        """The same, had there been no challenge."""
        return self._rate([one.cues for one in self.presentations])

    def _rate(self, taken_for_alive: Sequence[bool]) -> Rate:
        errors = sum(alive is not self.bona_fide for alive in taken_for_alive)
        return Rate(errors, len(taken_for_alive))


def pad_figures(measurements: Sequence[PadMeasurement]) -> list[Figure]:
    """All figures of the report."""
    return [figure for measurement in measurements for figure in _figures(measurement)]


def pad_table(measurements: Sequence[PadMeasurement]) -> str:
    """One line a species: how many presentations, and the error as paid, by the challenge (or comparison) alone, by the
    cues alone. All of them were judged by the same."""
    alone = f"{measurements[0].other_judge if measurements else CHALLENGE} alone"
    head = f"{'presented':34} {'made':10} {'count':>5}  {'error (at most, 95 %)':24} {alone:18} cues alone"
    return "\n".join([head, *(_line(measurement) for measurement in measurements)])


def pad_too_small(measurement: PadMeasurement) -> str | None:
    """What its count cannot show, in words; None where it can show all that is asked."""
    if measurement.rate.errors or measurement.rate.bound <= SHOWABLE:
        return None
    count = measurement.rate.trials
    return f"{count} presentations without an error cannot show a rate of {100 * SHOWABLE:g} % or less"


def _figures(measurement: PadMeasurement) -> Iterator[Figure]:
    kind = "bpcer" if measurement.bona_fide else "apcer"
    judged = [("", measurement.rate, "as paid"), ("-cues", measurement.by_cues, "by the passive cues alone")]
    if measurement.asked:
        other = measurement.other_judge
        judged.insert(1, (f"-{other}", measurement.by_challenge, f"by the {other} alone"))
    made = "simulated" if measurement.simulated else "recorded"
    for ending, rate, how in judged:
        yield Figure(
            id=f"{measurement.id}-{kind}{ending}",
            what=f"{kind.upper()} {how}: {measurement.what}, {made}",
            value=rate.value if rate.trials else None,
            unit="share",
            n=rate.trials,
            bound=rate.bound,
            peer=None,
            passed_invariants=True,
        )


def _line(measurement: PadMeasurement) -> str:
    made = "simulated" if measurement.simulated else "recorded"
    name = f"{measurement.species} {'BPCER' if measurement.bona_fide else 'APCER'}"
    challenge = _share(measurement.by_challenge) if measurement.asked else "not asked"
    return (
        f"{name:34} {made:10} {measurement.rate.trials:5}  {_with_bound(measurement.rate):24} {challenge:18}"
        f" {_share(measurement.by_cues)}"
    )


def _with_bound(rate: Rate) -> str:
    return f"{rate.errors} of {rate.trials} ({100 * rate.bound:.1f} %)"


def _share(rate: Rate) -> str:
    return f"{rate.errors} of {rate.trials}"
