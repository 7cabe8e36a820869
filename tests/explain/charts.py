"""Measures over time as SVG: a strip per measure, its limits as dashed lines, what was asked for as bands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

# Of the drawings, in their own units.
_WIDTH: Final = 900
_LEFT: Final = 150
_RIGHT: Final = 170
_TOP: Final = 84
_STRIP: Final = 74
_GAP: Final = 14
_BOTTOM: Final = 44
_PLOT_WIDTH: Final = _WIDTH - _LEFT - _RIGHT

_FIRST: Final = "#1f6feb"
_SECOND: Final = "#b42318"
_LINE: Final = "#6b7785"
_EDGE: Final = "#9aa5b1"
_ASKED: Final = "#dbe9ff"
_KEPT: Final = "#f5dfb3"


@dataclass(frozen=True, slots=True)
class Curve:
    """One measure over time, as (ms, value) in order; a gap where the value is None."""

    name: str
    points: Sequence[tuple[int, float | None]]


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that decides something, and what."""

    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One measure, or two of a kind: the second is drawn dashed. `low` and `high` are the ends of its axis."""

    title: str
    curves: Sequence[Curve]
    low: float
    high: float
    limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A time in which something was asked for, or `kept`; `words` stand above it, in one of two rows."""

    from_ms: int
    to_ms: int
    words: str
    kept: bool = False


def timeline(title: str, strips: Sequence[Strip], bands: Sequence[Band], length_ms: int) -> str:
    """The whole drawing."""
    bottom = _TOP + len(strips) * (_STRIP + _GAP) - _GAP
    height = bottom + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" role="img">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        _text(12, 26, title, size=15),
    ]
    for band in bands:
        parts += _band(band, length_ms, bottom)
    for number, strip in enumerate(strips):
        parts += _strip(strip, _TOP + number * (_STRIP + _GAP), length_ms)
    parts += _seconds(length_ms, bottom)
    return "\n".join((*parts, "</svg>\n"))


def _band(band: Band, length_ms: int, bottom: float) -> Iterator[str]:
    left, right = _x(band.from_ms, length_ms), _x(band.to_ms, length_ms)
    top, fill = (_TOP - 22, _KEPT) if band.kept else (_TOP - 44, _ASKED)
    yield f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{bottom - top:g}" fill="{fill}"/>'
    yield _text((left + right) / 2, top + 15, band.words, anchor="middle")


def _strip(strip: Strip, top: float, length_ms: int) -> Iterator[str]:
    yield (f'<rect x="{_LEFT}" y="{top:g}" width="{_PLOT_WIDTH}" height="{_STRIP}" fill="none" stroke="{_EDGE}"/>')
    yield _text(_LEFT - 10, top + 16, strip.title, anchor="end", size=13)
    for row, limit in enumerate(strip.limits):
        y = _y(strip, limit.value, top)
        yield f'<path d="M{_LEFT} {y:.1f}h{_PLOT_WIDTH}" stroke="{_LINE}" stroke-dasharray="2 4"/>'
        yield _text(_LEFT + _PLOT_WIDTH + 8, _beside(strip, row, top), limit.words)
    for number, curve in enumerate(strip.curves):
        colour, dash = ((_FIRST, ""), (_SECOND, ' stroke-dasharray="6 3"'))[number]
        path = _path(strip, curve, top, length_ms)
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        if len(strip.curves) > 1:
            y = top + 34 + 16 * number
            yield f'<path d="M{_LEFT - 34} {y - 4:g}h24" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
            yield _text(_LEFT - 40, y, curve.name, anchor="end")


def _beside(strip: Strip, row: int, top: float) -> float:
    """Where the words of a limit stand: at its line, or as far below the words above as can be read."""
    places: list[float] = []
    for number in sorted(range(len(strip.limits)), key=lambda one: -strip.limits[one].value):
        wanted = _y(strip, strip.limits[number].value, top) + 4
        places.append(max(wanted, places[-1] + 14) if places else wanted)
        if number == row:
            break
    return places[-1]


def _path(strip: Strip, curve: Curve, top: float, length_ms: int) -> str:
    """Straight from point to point; begun anew after a gap."""
    drawn, pen = [], "M"
    for t_ms, value in curve.points:
        if value is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{_x(t_ms, length_ms):.1f} {_y(strip, value, top):.1f}")
        pen = "L"
    return "".join(drawn)


def _seconds(length_ms: int, bottom: float) -> Iterator[str]:
    for second in range(length_ms // 1000 + 1):
        x = _x(1000 * second, length_ms)
        yield f'<path d="M{x:.1f} {bottom:g}v5" stroke="{_LINE}"/>'
        yield _text(x, bottom + 18, f"{second}", anchor="middle")
    yield _text(_LEFT + _PLOT_WIDTH / 2, bottom + 36, "seconds from the first frame", anchor="middle")


def _x(t_ms: float, length_ms: int) -> float:
    return _LEFT + _PLOT_WIDTH * min(1.0, max(0.0, t_ms / length_ms))


def _y(strip: Strip, value: float, top: float) -> float:
    share = (value - strip.low) / (strip.high - strip.low)
    return top + _STRIP * (1 - min(1.0, max(0.0, share)))


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
