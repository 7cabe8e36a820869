"""How large a text is drawn, and where it is cut if no size fits: never outside its box. Pure, given a ruler.

Lengths are pixels; sizes are steps of the type scale, in the unit the ruler takes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from terminal.screens.breaking import break_lines, line_ends, parts_of, pieces
from terminal.screens.theme import TextStyle

ELLIPSIS: Final = "…"
_LAYOUTS_KEPT: Final = 4096


class Ruler(Hashable, Protocol):
    """Measures the font. A larger size is nowhere narrower or lower."""

    def width(self, text: str, size: int, *, heavy: bool) -> float:
        """How wide one line of `text` is drawn."""

    def line_height(self, size: int) -> float:
        """How high one line is drawn."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A text in lines no wider than asked."""

    lines: int
    height: float
    broken_word: bool
    """Whether a word had to be broken where no line may end."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What to draw, and how large."""

    lines: tuple[str, ...]
    size: int


@lru_cache(maxsize=_LAYOUTS_KEPT)
def extent(text: str, size: int, heavy: bool, width: float, ruler: Ruler) -> Extent:
    """How much room `text` takes in lines of at most `width`."""

    def width_of(part: str) -> float:
        return ruler.width(part, size, heavy=heavy)

    parts = parts_of(text, width, width_of)
    lines = len(line_ends(parts, width))
    return Extent(lines, math.ceil(ruler.line_height(size)) * lines, len(parts) > len(pieces(text)))


def fit(text: str, style: TextStyle, width: float, height: float, ruler: Ruler) -> Fitted:
    """The largest size of `style` at which `text` fits `width` x `height`; at the smallest, a word may break, and what
    still does not fit is cut with an ellipsis. The box is at least one smallest line high.
    """

    def fits(size: int) -> bool:
        at_size = extent(text, size, style.heavy, width, ruler)
        return at_size.lines <= style.lines and at_size.height <= height and not at_size.broken_word

    size = _largest(style.largest, style, fits)
    if size is not None:
        return Fitted(_lines(text, size, style, width, ruler), size)
    return Fitted(_lines(_cut(text, style, width, height, ruler), style.smallest, style, width, ruler), style.smallest)


def _largest(ceiling: int, style: TextStyle, fits: Callable[[int], bool]) -> int | None:
    """The largest size up to `ceiling` that fits, or None."""
    sizes = range(max(ceiling, style.smallest), style.smallest - 1, -1)
    index = bisect_left(sizes, 1, key=fits)
    return sizes[index] if index < len(sizes) else None


def _lines(text: str, size: int, style: TextStyle, width: float, ruler: Ruler) -> tuple[str, ...]:
    return tuple(break_lines(text, width, lambda part: ruler.width(part, size, heavy=style.heavy)))


def _cut(text: str, style: TextStyle, width: float, height: float, ruler: Ruler) -> str:
    def fits(candidate: str) -> bool:
        at_smallest = extent(candidate, style.smallest, style.heavy, width, ruler)
        return at_smallest.lines <= style.lines and at_smallest.height <= height

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


def height_up_to(text: str, style: TextStyle, ceiling: int, width: float, ruler: Ruler) -> float:
    """The height of `text` at the largest size up to `ceiling` that keeps the style's lines and breaks no word; of as
    many lines as the style has where no size does.
    """
    if not text:
        return 0.0

    def fits(size: int) -> bool:
        at_size = extent(text, size, style.heavy, width, ruler)
        return at_size.lines <= style.lines and not at_size.broken_word

    size = _largest(ceiling, style, fits)
    if size is not None:
        return extent(text, size, style.heavy, width, ruler).height
    lines = min(style.lines, extent(text, style.smallest, style.heavy, width, ruler).lines)
    return float(math.ceil(ruler.line_height(style.smallest)) * lines)


class Piece(Protocol):
    """One of several things under each other, which can be drawn smaller step by step."""

    @property
    def steps(self) -> int:
        """How many sizes smaller it can be drawn."""

    def height_at(self, width: float, step: int) -> float:
        """How high it is when drawn `step` sizes smaller than at best, never higher than a step before; 0 where it
        shows nothing.
        """


def share(parts: Sequence[Piece], width: float, height: float, gap: float) -> list[float]:
    """How high each part is drawn with `gap` between the shown ones: all at their best where that fits, else all
    smaller, each by the same share of its steps, as little as is needed; where nothing fits, in proportion.
    """
    most = max((part.steps for part in parts), default=0)

    def heights_at(step: int) -> list[float]:
        return [part.height_at(width, step * part.steps // max(1, most)) for part in parts]

    step = bisect_left(range(1 + most), 1, key=lambda step: total(heights_at(step), gap) <= height)
    heights = heights_at(min(step, most))
    shown = sum(1 for each in heights if each)
    room = max(0.0, height - gap * max(0, shown - 1))
    scale = min(1.0, room / max(1.0, sum(heights)))
    return [each * scale for each in heights]


def natural(parts: Sequence[Piece], width: float) -> list[float]:
    """How high each part is at its best."""
    return [part.height_at(width, 0) for part in parts]


def total(heights: Sequence[float], gap: float) -> float:
    """The height of all that is shown, with `gap` between."""
    shown = [each for each in heights if each]
    return sum(shown) + gap * max(0, len(shown) - 1)
