"""The part of the report's page about presentations: table, scores drawn, each that was judged wrongly. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from models.evaluate.pad import CHALLENGE, PadMeasurement, Presentation, pad_table, pad_too_small

NOT_COVERED_OF_FINGERS: Final = (
    "No cast, print or powder was laid on any reader for this: these are models of them. What a good cast of silicone, "
    "gelatine or a conductive film looks like to a reader is not among these, and nothing here says anything about it."
)
NOT_COVERED: Final = (
    "Masks, made-up faces (deepfakes) shown well enough to answer the challenge, and cameras whose pictures are "
    "replaced before the terminal reads them are not among these, and nothing here says anything about them."
)
_WORDS: Final = (
    "APCER: attacks taken for people, per species; BPCER: people taken for attacks (ISO/IEC 30107-3). Bounds as above. "
    "Simulated attacks and people are made by a program of photos: they show how this program judges those models of "
    "paper, displays and heads, not how it judges the things themselves."
)
_WIDTH: Final = 460
_ROW: Final = 22
_LEFT: Final = 190
_SPAN: Final = _WIDTH - _LEFT - 20


def pad_sections(
    measurements: Sequence[PadMeasurement],
    least_score: float,
    title: str = "Presentation attacks",
    not_covered: str = NOT_COVERED,
) -> Iterator[str]:
    """Pieces of HTML. No picture is in it: presentations are named by what they were made of."""
    yield f"<h1>{title}</h1><p>{_WORDS}</p><p>{not_covered}</p>"
    yield f"<pre>{escape(pad_table(measurements))}</pre>"
    for measurement in measurements:
        small = pad_too_small(measurement)
        if small:
            yield f'<p class="small">{escape(measurement.species)}: {escape(small)}.</p>'
    yield score_strips(measurements, least_score)
    wrong = [
        (measurement, one)
        for measurement in measurements
        for one in measurement.presentations
        if one.accepted is not measurement.bona_fide
    ]
    other = measurements[0].other_judge if measurements else CHALLENGE
    yield f"<table><caption>Judged wrongly</caption><tr><th>presented</th><th>of</th><th>{other}</th><th>score</th>"
    yield "<th>cues</th></tr>"
    for measurement, one in wrong:
        yield (
            f"<tr><td>{escape(measurement.species)}</td><td>{escape(one.source)}</td><td>{escape(one.why)}</td>"
            f"<td>{one.score:.2f}</td>"
            f"<td>{escape(_cues(one))}</td></tr>"
        )
    yield "</table>"


def score_strips(measurements: Sequence[PadMeasurement], least_score: float) -> str:
    """Every presentation's passive score as a stroke on its species' line, as SVG; the policy's limit across."""
    height = _ROW * (len(measurements) + 1)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
    parts = [f'{head} font-family="sans-serif" font-size="11" role="img">']
    for row, measurement in enumerate(measurements):
        y = row * _ROW
        colour = "#1f6feb" if measurement.bona_fide else "#b42318"
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(measurement.species)}</text>')
        for one in measurement.presentations:
            x = _LEFT + _SPAN * one.score
            parts.append(f'<path d="M{x:.1f} {y + 4}v{_ROW - 8}" stroke="{colour}" stroke-opacity="0.6"/>')
    limit = _LEFT + _SPAN * least_score
    parts.append(f'<path d="M{limit:.1f} 0V{height - _ROW}" stroke="black" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{_LEFT}" y="{height - 6}">0: an attack</text>')
    parts.append(f'<text x="{_LEFT + _SPAN}" y="{height - 6}" text-anchor="end">1: alive</text></svg>')
    return "\n".join(parts)


def _cues(one: Presentation) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in one.figures.items())
