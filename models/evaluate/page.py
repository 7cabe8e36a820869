"""The report as one HTML page that needs nothing else: tables, DET curves, histograms, the worst pairs by id. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from models.evaluate.measurement import Measurement
from models.evaluate.pairs import Pair
from models.evaluate.plots import det_plot, score_plot
from models.evaluate.report import beside, table, too_small_for

_STYLE: Final = """
body { font: 16px/1.5 sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; }
pre { overflow-x: auto; background: #f6f8fa; padding: 1rem; font-size: 13px; }
table { border-collapse: collapse; }
td, th { padding: .2rem .8rem; border-bottom: 1px solid #d0d7de; text-align: left; }
.side { display: flex; flex-wrap: wrap; gap: 1rem; } .small { color: #9a6700; }
"""

_WORDS: Final = (
    "False match rate (FMR), false non-match rate (FNMR) and equal error rate (EER) after ISO/IEC 19795-1. "
    "A bound is what the true rate stays below with 95 % (Clopper and Pearson; without errors, the rule of 3), "
    "if comparisons were independent: they share people, so it is a little too narrow."
)


def page(measurements: Sequence[Measurement], bundle_sha256: str, more: Iterable[str] = ()) -> str:
    """The whole page, `more` pieces of HTML at its end. No image is in it: samples are named by their ids only."""
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Error rates</title>',
            f"<style>{_STYLE}</style></head><body><h1>Error rates</h1>",
            f"<p>{_WORDS}</p>",
            f"<p>Model bundle {escape(bundle_sha256)}</p>",
            f"<pre>{escape(table(measurements))}</pre>",
            *(part for measurement in measurements for part in _section(measurement)),
            *more,
            "</body></html>\n",
        )
    )


def _section(measurement: Measurement) -> Iterator[str]:
    yield f"<h2>{escape(measurement.id)}</h2><p>{escape(measurement.what)}</p>"
    small = too_small_for(measurement)
    if small:
        yield f'<p class="small">{escape(small)}.</p>'
    compared = beside(measurement)
    if compared:
        yield f"<p>{escape(compared)}.</p>"
    yield f'<div class="side">{det_plot(measurement)}{score_plot(measurement)}</div>'
    yield '<div class="side">'
    yield from _pairs("The least alike of the genuine", measurement.worst_mated)
    yield from _pairs("The most alike of the strangers", measurement.worst_strangers)
    yield "</div>"


def _pairs(title: str, pairs: Sequence[Pair]) -> Iterator[str]:
    yield f"<table><caption>{title}</caption><tr><th>one</th><th>other</th><th>score</th></tr>"
    for pair in pairs:
        yield f"<tr><td>{escape(pair.first)}</td><td>{escape(pair.second)}</td><td>{pair.score:.3f}</td></tr>"
    yield "</table>"
