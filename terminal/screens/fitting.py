"""How large a text is drawn, and where it is cut if no size fits: never outside its box. Pure, given a measure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from terminal.screens.theme import TextStyle

ELLIPSIS: Final = "…"
_STEP: Final = 1
_FIRST_IDEOGRAPHIC: Final = "\u2e80"
"""From here on (CJK radicals and later) a line may break between any two characters (UAX 14, class ID)."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A text laid out in lines no wider than asked: its height, its lines, and its widest unbreakable word."""

    height: float
    lines: int
    widest_word: float


Measure = Callable[[str, int], Extent]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What to draw, and its size in the style's unit."""

    text: str
    size: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One text of several under each other."""

    text: str
    style: TextStyle
    measure: Measure


def unbreakable_words(text: str) -> list[str]:
    """The words whose middle is no place for a line break."""
    return [word for word in text.split() if all(character < _FIRST_IDEOGRAPHIC for character in word)]


def fit(text: str, style: TextStyle, width: float, height: float, measure: Measure) -> Fitted:
    """The largest size of `style` at which `text` fits `width` x `height`; at the smallest, a word may break, and what
    still does not fit is cut with an ellipsis. The box is at least one smallest line high.
    """
    for size in range(style.largest, style.smallest - 1, -_STEP):
        extent = measure(text, size)
        if extent.lines <= style.lines and extent.height <= height and extent.widest_word <= width:
            return Fitted(text, size)
    return Fitted(_cut(text, style, height, measure), style.smallest)


def _cut(text: str, style: TextStyle, height: float, measure: Measure) -> str:
    def fits(candidate: str) -> bool:
        extent = measure(candidate, style.smallest)
        return extent.lines <= style.lines and extent.height <= height

    if fits(text):
        return text
    short, long = 0, len(text)
    while long - short > 1:
        middle = (short + long) // 2
        if fits(text[:middle].rstrip() + ELLIPSIS):
            short = middle
        else:
            long = middle
    return text[:short].rstrip() + ELLIPSIS


def share(pieces: list[Piece], height: float, gap: float) -> list[float]:
    """How high each piece is drawn with `gap` between the shown ones, empty ones 0: all at their largest where that fits, else all smaller by as much as
    is needed; where nothing fits, in proportion.
    """
    shown = [piece for piece in pieces if piece.text]
    room = max(0.0, height - gap * max(0, len(shown) - 1))
    needed = [0.0] * len(pieces)
    for step in range(max((1 + piece.style.largest - piece.style.smallest for piece in shown), default=0)):
        needed = [_needed(piece, step) for piece in pieces]
        if sum(needed) <= room:
            break
    scale = min(1.0, room / max(1.0, sum(needed)))
    return [part * scale for part in needed]


def _needed(piece: Piece, step: int) -> float:
    if not piece.text:
        return 0.0
    ceiling = max(piece.style.smallest, piece.style.largest - step)
    return math.ceil(_at_most(piece, ceiling))


def _at_most(piece: Piece, ceiling: int) -> float:
    """The height at the largest size up to `ceiling` that keeps the style's lines and breaks no word."""
    extent = piece.measure(piece.text, ceiling)
    for size in range(ceiling, piece.style.smallest - 1, -_STEP):
        extent = piece.measure(piece.text, size)
        if extent.lines <= piece.style.lines:
            return extent.height
    return extent.height / extent.lines * piece.style.lines
