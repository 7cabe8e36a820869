"""What was measured, as the report's list of figures and as a table for people. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, TypedDict

from models.evaluate.measurement import TARGET_FMRS, Measurement
from models.evaluate.rates import Rate


class Figure(TypedDict):
    """One line of `report.json`. `bound`: the true value is below it with 95 %; None where no bound can be given."""

    id: str
    what: str
    value: float | None
    unit: str
    n: int
    bound: float | None
    peer: str | None
    passed_invariants: bool


def figures(measurements: Sequence[Measurement]) -> list[Figure]:
    """All figures of all measurements."""
    return [figure for measurement in measurements for figure in _figures(measurement)]


def table(measurements: Sequence[Measurement]) -> str:
    """One line a measurement: counts, EER, both rates at the threshold in use with their bounds."""
    rates = f"{'FMR (at most, 95 %)':22} {'FNMR (at most, 95 %)':22}"
    head = f"{'measured':44} {'mated':>7} {'others':>7} {'EER':>7}  {rates} lost"
    return "\n".join([head, *(_line(measurement) for measurement in measurements)])


def too_small_for(measurement: Measurement) -> str | None:
    """What its counts cannot show, in words; None where they can show all that is asked."""
    missing = [fmr for fmr in TARGET_FMRS if measurement.at_fmr(fmr) is None]
    if not missing:
        return None
    strangers = len(measurement.comparisons.non_mated)
    return f"{strangers:,} comparisons of strangers cannot show a rate of {missing[0]:g} or less"


COMPARED_AT: Final = 1e-3
"""The false match rate at which programs that compare fingers are usually put side by side (FVC's FMR1000)."""


def beside(measurement: Measurement) -> str | None:
    """One line: the errors of a measurement at the usual rate, and what was measured by the same protocol elsewhere."""
    point = measurement.at_fmr(COMPARED_AT)
    if measurement.beside is None or point is None:
        return None
    missed = measurement.comparisons.fnmr(point.threshold)
    return (
        f"{measurement.id}: EER {_percent(measurement.eer)}, FNMR {_percent(missed.value)} ({missed.errors} of "
        f"{missed.trials:,}) at FMR {100 * COMPARED_AT:g} %; beside it: {measurement.beside}"
    )


def _figures(measurement: Measurement) -> Iterator[Figure]:
    both = measurement.comparisons
    pairs = len(both.mated) + len(both.non_mated)
    yield _figure(measurement, "eer", "equal error rate", measurement.eer, pairs, None)
    yield _rate(measurement, "fmr", "false match rate at the threshold in use", measurement.fmr)
    yield _rate(measurement, "fnmr", "false non-match rate at the threshold in use", measurement.fnmr)
    for fmr in TARGET_FMRS:
        point = measurement.at_fmr(fmr)
        value = None if point is None else point.fnmr
        what = f"false non-match rate at a false match rate of {fmr:g}"
        peer = measurement.beside if fmr == COMPARED_AT else None
        yield _figure(measurement, f"fnmr-at-{fmr:g}", what, value, len(both.mated), None, peer)
    lost = Rate(measurement.not_acquired, measurement.images)
    yield _rate(measurement, "fta", "images of which no template could be made", lost)


def _rate(measurement: Measurement, name: str, what: str, rate: Rate) -> Figure:
    value = None if math.isnan(rate.value) else rate.value
    return _figure(measurement, name, what, value, rate.trials, rate.bound)


def _figure(
    measurement: Measurement,
    name: str,
    what: str,
    value: float | None,
    count: int,
    bound: float | None,
    peer: str | None = None,
) -> Figure:
    return Figure(
        id=f"{measurement.id}-{name}",
        what=f"{what}, {measurement.what}",
        value=value,
        unit="share",
        n=count,
        bound=bound,
        peer=peer,
        passed_invariants=True,
    )


def _line(measurement: Measurement) -> str:
    both = measurement.comparisons
    lost = f"{measurement.not_acquired} of {measurement.images}"
    return (
        f"{measurement.id:44} {len(both.mated):7,} {len(both.non_mated):7,} {_percent(measurement.eer):>7}"
        f"  {_with_bound(measurement.fmr):22} {_with_bound(measurement.fnmr):22} {lost}"
    )


def _with_bound(rate: Rate) -> str:
    return f"{_percent(rate.value)} ({_percent(rate.bound)})"


def _percent(share: float) -> str:
    """Never as zero what is not zero."""
    if share == 0:
        return "0 %"
    return f"{100 * share:.2f} %" if share >= 0.0005 else f"{100 * share:.4f} %"
