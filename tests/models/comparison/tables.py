"""Calibrations made up for tests: any table that can be."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from models.comparison.calibration import FORMAT, FORMAT_VERSION, Calibration, Knot, Measured, ModalityName

HASH = "ab" * 32


def table(
    knots: tuple[Knot, ...], modality: ModalityName = "face", *, model_hash: str = HASH, enrolled: int = 5
) -> Calibration:
    """One of these knots."""
    return Calibration(
        format=FORMAT,
        version=FORMAT_VERSION,
        modality=modality,
        model_hash=model_hash,
        enrolled=enrolled,
        captured=1,
        measured=Measured(sources=("nobody",), owners=50, owner_pairs=1_225, non_mated=10_000, mated=500),
        method="made up",
        limits=("made up",),
        fmr_seen_to=0.003,
        knots=knots,
    )


def knots_of(rows: list[tuple[float, float, float]]) -> tuple[Knot, ...]:
    """Of score, rate of strangers, rate of people themselves."""
    return tuple(Knot(score=score, fmr=fmr, fmr_likeliest=fmr / 2, tmr=tmr) for score, fmr, tmr in rows)


GOOD = knots_of([(0.0, 1.0, 1.0), (0.3, 0.1, 0.99), (0.5, 1e-2, 0.98), (0.6, 1e-3, 0.95), (0.7, 1e-4, 0.9)])
"""As a modality is that tells people well apart."""


@st.composite
def knots(draw: st.DrawFn) -> tuple[Knot, ...]:
    """Any that a table may have: scores rise, rates fall."""
    scores = sorted(draw(st.sets(st.floats(0.001, 1.0), min_size=1, max_size=12)))
    count = len(scores)
    rates = draw(st.lists(st.floats(-12.0, -0.01), min_size=count, max_size=count, unique=True))
    own = draw(st.lists(st.floats(0.0, 1.0), min_size=count, max_size=count))
    rows = zip(scores, (10.0**rate for rate in sorted(rates, reverse=True)), sorted(own, reverse=True), strict=True)
    return knots_of([(0.0, 1.0, 1.0), *rows])


def tables(modality: ModalityName = "face") -> st.SearchStrategy[Calibration]:
    """Any table of this modality."""
    return knots().filter(_falls).map(lambda these: table(these, modality))


def _falls(these: tuple[Knot, ...]) -> bool:
    """Two exponents may be too near for two rates."""
    rates = [knot.fmr for knot in these]
    return all(first > then for first, then in itertools.pairwise(rates))
