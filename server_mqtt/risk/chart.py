"""The chart of a backtest as SVG: how many payments had which risk value, then and under the other policy. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server_mqtt.risk.backtest import BINS, Report

# Of the drawing, in its own units.
_WIDTH: Final = 720
_HEIGHT: Final = 360
_LEFT: Final = 60
_RIGHT: Final = 20
_TOP: Final = 60
_BOTTOM: Final = 50
_PLOT_WIDTH: Final = _WIDTH - _LEFT - _RIGHT
_PLOT_HEIGHT: Final = _HEIGHT - _TOP - _BOTTOM
_BIN: Final = _PLOT_WIDTH / BINS

_THEN: Final = "#9aa5b1"
_AGAIN: Final = "#1f6feb"
_LINE: Final = "#b42318"


def chart(report: Report) -> str:
    """A picture of its own, without scripts, fonts or anything to be fetched."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            _text(_LEFT, 22, f"{report.payments} payments by risk value", size=15),
            _text(_LEFT, 42, f"then ({report.held} held)", colour=_THEN),
            _text(_LEFT + 160, 42, f"under the other policy ({report.would_be_held} held)", colour=_AGAIN),
            *_bars(report),
            *_axes(report),
            *_threshold(report.threshold),
            "</svg>\n",
        )
    )


def _bars(report: Report) -> Iterator[str]:
    highest = _highest(report)
    for column, (counts, colour) in enumerate(((report.values_then, _THEN), (report.values, _AGAIN))):
        for number, count in enumerate(counts):
            height = _PLOT_HEIGHT * count / highest
            x, y = _LEFT + _BIN * (number + 0.1 + 0.4 * column), _TOP + _PLOT_HEIGHT - height
            yield (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{_BIN * 0.4:.1f}" height="{height:.1f}" fill="{colour}">'
                f"<title>{count}</title></rect>"
            )


def _axes(report: Report) -> Iterator[str]:
    bottom = _TOP + _PLOT_HEIGHT
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{_LEFT + _PLOT_WIDTH}" fill="none" stroke="black"/>'
    for tenth in range(0, 11, 2):
        yield _text(_LEFT + _PLOT_WIDTH * tenth / 10, bottom + 18, f"{tenth / 10:.1f}", anchor="middle")
    yield _text(_LEFT + _PLOT_WIDTH / 2, bottom + 38, "risk value", anchor="middle")
    yield _text(_LEFT - 8, _TOP + 5, str(_highest(report)), anchor="end")
    yield _text(_LEFT - 8, bottom, "0", anchor="end")


def _threshold(value: float) -> Iterator[str]:
    x = _LEFT + _PLOT_WIDTH * value
    yield f'<path d="M{x:.1f} {_TOP}v{_PLOT_HEIGHT}" stroke="{_LINE}" stroke-dasharray="4 3"/>'
    yield _text(x, _TOP - 4, f"held above {value:g}", colour=_LINE, anchor="middle")


def _highest(report: Report) -> int:
    return max(1, *report.values, *report.values_then)


def _text(x: float, y: float, words: str, *, colour: str = "black", anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}">{words}</text>'
