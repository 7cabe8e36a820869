"""A report as pictures (SVG): goals, latencies, costs, and the stages of a capture, as bars with their values. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.figure import Figure, is_met, wants_more

# Of the drawings, in their own units.
_WIDTH: Final = 800
_LEFT: Final = 270
_RIGHT: Final = 150
_TOP: Final = 50
_ROW: Final = 26
_BAR: Final = 16
_PLOT_WIDTH: Final = _WIDTH - _LEFT - _RIGHT

_MET: Final = "#1f6feb"
_MISSED: Final = "#b42318"
_PLAIN: Final = "#6b7785"
_LINE: Final = "#9aa5b1"

_CALL: Final = "-cpu-ms"
_PEER: Final = "-peer"
_ONE_THREAD: Final = ", 1 thread"
"""What the ids of calls, and the words of stages, end with: see `race` and `capture`."""

_LOWEST: Final = 0.01
_HIGHEST: Final = 100.0
"""Ends of the axis of goals: what is further away is drawn at the end, with its value in words."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """`length` and `line`: shares of the plot's width; the line stands at the goal, if there is one."""

    label: str
    length: float
    words: str
    colour: str
    line: float | None = None


def pictures(figures: Sequence[Figure]) -> dict[str, str]:
    """By file name; one for which there are no figures is left out."""
    sound = [figure for figure in figures if figure["value"] is not None]
    kinds = {
        "goals.svg": ("How far each goal is reached (line: the goal; log scale)", list(_goals(sound))),
        "latency.svg": ("From the answer to its result, in milliseconds (log scale)", list(_latencies(sound))),
        "cost.svg": ("Processor time of one payment, in milliseconds", list(_costs(sound))),
        "peers.svg": ("Processor time of one call, ours (blue) and its peer's, in milliseconds", list(_calls(sound))),
        "stages.svg": ("The stages of a capture on one thread, in milliseconds (log scale)", list(_stages(sound))),
    }
    return {name: _drawing(title, bars) for name, (title, bars) in kinds.items() if bars}


def _goals(figures: Sequence[Figure]) -> Iterator[_Bar]:
    for figure in figures:
        value, bound = figure["value"], figure["bound"]
        if value is None or bound is None:
            continue
        reached = max(value, 1e-9) / bound if wants_more(figure) else bound / max(value, 1e-9)
        sign = "≥" if wants_more(figure) else "≤"
        unit = "" if figure["unit"] == "ratio" else f" {figure['unit']}"
        colour = _MET if is_met(figure) else _MISSED
        words = f"{value:.3g}{unit} (goal {sign} {bound:.3g})"
        yield _Bar(figure["id"], _on_log(reached, _LOWEST, _HIGHEST), words, colour, _on_log(1.0, _LOWEST, _HIGHEST))


def _latencies(figures: Sequence[Figure]) -> Iterator[_Bar]:
    chosen = [figure for figure in figures if figure["id"].startswith("R3") and figure["unit"] == "ms"]
    for figure in chosen:
        value = figure["value"] or 0.0
        colour = _PLAIN if "bare" in figure["id"] else _MET
        yield _Bar(figure["what"], _on_log(value, 0.1, 1_000.0), f"{value:.3g} ms", colour)


def _costs(figures: Sequence[Figure]) -> Iterator[_Bar]:
    chosen = [figure for figure in figures if figure["id"].startswith(("R1-", "R2-")) and "-cpu-" in figure["id"]]
    most = max((figure["value"] or 0.0 for figure in chosen), default=1.0)
    for figure in chosen:
        value = figure["value"] or 0.0
        name, _, part = figure["id"].partition("-cpu-")
        colour = _MET if part == "server" else _PLAIN
        yield _Bar(f"{name} {part}", value / most, f"{value:.3g} ms", colour)


def _calls(figures: Sequence[Figure]) -> Iterator[_Bar]:
    """Both sides of every race of networks, the axis of a race as long as its longer side."""
    took = {figure["id"]: figure["value"] or 0.0 for figure in figures if figure["id"].endswith(_CALL)}
    for name, ours in took.items():
        race = name.removesuffix(_CALL)
        theirs = took.get(f"{race}{_PEER}{_CALL}")
        if theirs is not None:
            most = max(ours, theirs)
            yield _Bar(race, ours / most, f"{ours:.3g} ms", _MET)
            yield _Bar(f"{race}: peer", theirs / most, f"{theirs:.3g} ms", _PLAIN)


def _stages(figures: Sequence[Figure]) -> Iterator[_Bar]:
    for figure in figures:
        if figure["id"].startswith("capture-stage-"):
            value = figure["value"] or 0.0
            yield _Bar(figure["what"].removesuffix(_ONE_THREAD), _on_log(value, 0.01, 1_000.0), f"{value:.3g} ms", _MET)


def _on_log(value: float, low: float, high: float) -> float:
    inside = min(high, max(low, value))
    return math.log(inside / low) / math.log(high / low)


def _drawing(title: str, bars: Sequence[_Bar]) -> str:
    height = _TOP + _ROW * len(bars) + 15
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
            f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
            f'<text x="12" y="26" font-size="15">{escape(title)}</text>',
            *(line for number, bar in enumerate(bars) for line in _row(_TOP + _ROW * number, bar)),
            "</svg>\n",
        )
    )


def _row(y: float, bar: _Bar) -> Iterator[str]:
    length = max(1.0, _PLOT_WIDTH * bar.length)
    middle = y + _BAR - 4
    yield f'<text x="{_LEFT - 8}" y="{middle:g}" text-anchor="end" font-size="12">{escape(bar.label)}</text>'
    yield f'<rect x="{_LEFT}" y="{y:g}" width="{length:.1f}" height="{_BAR}" fill="{bar.colour}"/>'
    if bar.line is not None:
        x = _LEFT + _PLOT_WIDTH * bar.line
        yield f'<path d="M{x:.1f} {y - 5:g}v{_ROW}" stroke="{_LINE}" stroke-width="2"/>'
    yield f'<text x="{_LEFT + _PLOT_WIDTH + 8}" y="{middle:g}" font-size="12">{escape(bar.words)}</text>'
