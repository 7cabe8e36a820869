"""The plots of one measurement as SVG: detection error trade-off, and both histograms of scores. Pure.

DET after ISO/IEC 19795-1: both rates on axes of the normal deviate, on which the curve of two normal distributions is
a straight line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import Final

import numpy as np

from models.evaluate.measurement import Measurement
from models.evaluate.rates import Point, Scores

# Of the drawings, in their own units.
_WIDTH: Final = 460
_HEIGHT: Final = 340
_LEFT: Final = 70
_RIGHT: Final = 15
_TOP: Final = 15
_BOTTOM: Final = 50
_PLOT_WIDTH: Final = _WIDTH - _LEFT - _RIGHT
_PLOT_HEIGHT: Final = _HEIGHT - _TOP - _BOTTOM

_TICKS: Final = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5)
_LOW: Final = 0.00005
_HIGH: Final = 0.6
"""Ends of the DET's axes; a rate of zero is drawn at the low end."""
_BINS: Final = 60

_MATED: Final = "#1f6feb"
_STRANGERS: Final = "#b42318"
_CURVE: Final = "#1f6feb"
_GRID: Final = "#d0d7de"


def det_plot(measurement: Measurement) -> str:
    """FNMR over FMR, with the threshold in use as a dot."""
    at_threshold = Point(measurement.threshold, measurement.fmr.value, measurement.fnmr.value)
    x, y = _place(at_threshold)
    return _drawing(
        "false match rate",
        "false non-match rate",
        (
            *_det_grid(),
            f'<path d="{_path(measurement.points)}" fill="none" stroke="{_CURVE}" stroke-width="2"/>',
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>threshold in use</title></circle>',
        ),
    )


def score_plot(measurement: Measurement) -> str:
    """How often each score was seen, as a share of its kind; the threshold in use as a line."""
    both = measurement.comparisons
    edges = np.linspace(
        min(both.mated.min(), both.non_mated.min(), measurement.threshold),
        max(both.mated.max(), both.non_mated.max(), measurement.threshold) + 1e-9,
        _BINS + 1,
    )
    shares = [_shares(scores, edges) for scores in (both.non_mated, both.mated)]
    highest = float(max(share.max() for share in shares))
    x = _LEFT + _PLOT_WIDTH * (measurement.threshold - edges[0]) / (edges[-1] - edges[0])
    ends = [
        _text(place, _TOP + _PLOT_HEIGHT + 16, f"{value:.2f}", anchor=anchor)
        for place, value, anchor in ((_LEFT, edges[0], "start"), (_LEFT + _PLOT_WIDTH, edges[-1], "end"))
    ]
    return _drawing(
        "score",
        "share of comparisons",
        (
            *_bars(shares[0], highest, _STRANGERS, "strangers"),
            *_bars(shares[1], highest, _MATED, "genuine"),
            f'<path d="M{x:.1f} {_TOP}v{_PLOT_HEIGHT}" stroke="black" stroke-dasharray="4 3"/>',
            *ends,
        ),
    )


def _shares(scores: Scores, edges: Scores) -> Scores:
    return np.asarray(np.histogram(scores, edges)[0] / len(scores), np.float64)


def _bars(shares: Scores, highest: float, colour: str, what: str) -> Iterator[str]:
    step = _PLOT_WIDTH / _BINS
    for number, share in enumerate(shares.tolist()):
        if share:
            height = _PLOT_HEIGHT * share / highest
            yield (
                f'<rect x="{_LEFT + number * step:.1f}" y="{_TOP + _PLOT_HEIGHT - height:.1f}" width="{step:.1f}"'
                f' height="{height:.1f}" fill="{colour}" fill-opacity="0.6"><title>{what} {share:.2%}</title></rect>'
            )


def _path(points: Sequence[Point]) -> str:
    places = dict.fromkeys(f"{x:.1f} {y:.1f}" for x, y in map(_place, points))
    return "M" + "L".join(places)


def _place(point: Point) -> tuple[float, float]:
    return _LEFT + _PLOT_WIDTH * _deviate(point.fmr), _TOP + _PLOT_HEIGHT * (1 - _deviate(point.fnmr))


def _deviate(rate: float) -> float:
    """Where a rate is on an axis, 0 to 1."""
    normal = NormalDist()
    low, high = normal.inv_cdf(_LOW), normal.inv_cdf(_HIGH)
    return (normal.inv_cdf(min(_HIGH, max(_LOW, rate))) - low) / (high - low)


def _det_grid() -> Iterator[str]:
    bottom = _TOP + _PLOT_HEIGHT
    for rate in _TICKS:
        x, y = _LEFT + _PLOT_WIDTH * _deviate(rate), _TOP + _PLOT_HEIGHT * (1 - _deviate(rate))
        label = f"{100 * rate:g} %"
        yield f'<path d="M{x:.1f} {_TOP}V{bottom}M{_LEFT} {y:.1f}H{_LEFT + _PLOT_WIDTH}" stroke="{_GRID}"/>'
        yield _text(x, bottom + 16, label, anchor="middle")
        yield _text(_LEFT - 6, y + 4, label, anchor="end")


def _drawing(below: str, left: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}"'
    upright = f'transform="translate(16 {_TOP + _PLOT_HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle"'
    return "\n".join(
        (
            f'{head} font-family="sans-serif" role="img">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            *parts,
            f'<path d="M{_LEFT} {_TOP}V{_TOP + _PLOT_HEIGHT}H{_LEFT + _PLOT_WIDTH}" fill="none" stroke="black"/>',
            _text(_LEFT + _PLOT_WIDTH / 2, _HEIGHT - 10, below, anchor="middle"),
            f'<text {upright} font-size="12">{left}</text>',
            "</svg>",
        )
    )


def _text(x: float, y: float, words: str, *, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11">{words}</text>'
