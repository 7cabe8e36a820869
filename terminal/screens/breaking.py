"""Where a text may end a line, in Latin and in Chinese: Kivy breaks between words and, in Chinese, anywhere. Pure.

A small part of Unicode's line breaking (UAX 14): after spaces and hyphens, between ideographs, never before a closing
mark or a combining one, never after an opening one. Lines of one text are made about equally long, so that no word is
left alone on the last.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

Width = Callable[[str], float]

_FIRST_WIDE: Final = "\u2e80"
"""From here on (CJK radicals and later) a line may break between any two characters (UAX 14, class ID)."""
_NEVER_FIRST: Final = frozenset("，。、：；！？）】》」』〉”’…％々ー·,.:;!?)]}%")
_NEVER_LAST: Final = frozenset("（【《「『〈“‘([{")
_JOINERS: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
_TEXTS_KEPT: Final = 512


@lru_cache(maxsize=_TEXTS_KEPT)
def pieces(text: str) -> tuple[str, ...]:
    """`text` cut wherever a line may end; joined, the pieces are the text. Only U+0020 is a space here."""
    if not text:
        return ()
    found = [text[0]]
    for before, after in pairwise(text):
        if _may_break(before, after):
            found.append(after)
        else:
            found[-1] += after
    return tuple(found)


def _may_break(before: str, after: str) -> bool:
    if after == " " or _belongs_to_the_one_before(after):
        return False
    if before == " ":
        return True
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    if before == "-":
        return after.isalpha()
    if before.isdigit():
        return False
    return before >= _FIRST_WIDE or after >= _FIRST_WIDE


def _belongs_to_the_one_before(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")


@dataclass(frozen=True, slots=True)
class Part:
    """What stays together on a line: how wide it is with the spaces after it, and without."""

    text: str
    whole: float
    bare: float


def parts_of(text: str, width: float, width_of: Width) -> list[Part]:
    """The parts of `text`, none wider than `width`: its pieces, and broken pieces where one is wider by itself."""
    parts: list[Part] = []
    for piece in pieces(text):
        part = _part(piece, width_of)
        if part.bare <= width:
            parts.append(part)
        else:
            parts.extend(_part(chop, width_of) for chop in _chopped(piece, width, width_of))
    return parts


def _part(text: str, width_of: Width) -> Part:
    whole = width_of(text)
    return Part(text, whole, width_of(text.rstrip(" ")) if text.endswith(" ") else whole)


def _chopped(piece: str, width: float, width_of: Width) -> list[str]:
    chops = [""]
    for character in piece:
        fits = not chops[-1] or width_of((chops[-1] + character).rstrip(" ")) <= width
        if fits or character == " " or _belongs_to_the_one_before(character):
            chops[-1] += character
        else:
            chops.append(character)
    return chops


def line_ends(parts: list[Part], width: float) -> list[int]:
    """Where each line ends (index after its last part), each line filled as far as it goes."""
    ends: list[int] = []
    used = 0.0
    for index, part in enumerate(parts):
        if used and used + part.bare > width:
            ends.append(index)
            used = 0.0
        used += part.whole
    return [*ends, len(parts)] if parts else []


def break_lines(text: str, width: float, width_of: Width) -> list[str]:
    """The lines of `text`, none wider than `width`: as few as possible, then as equal as possible. Spaces around a
    break are not drawn.
    """
    parts = parts_of(text, width, width_of)
    ends = line_ends(parts, width)
    if len(ends) > 1:
        ends = line_ends(parts, _narrowest(parts, width, len(ends)))
    lines = ("".join(part.text for part in parts[start:end]) for start, end in pairwise([0, *ends]))
    return [line.strip(" ") for line in lines]


def _narrowest(parts: list[Part], width: float, lines: int) -> float:
    """The least width, to a unit, in which the text needs no more lines than in `width`."""
    narrow, wide = max(part.bare for part in parts) - 1, width
    while wide - narrow > 1:
        middle = (narrow + wide) / 2
        if len(line_ends(parts, middle)) <= lines:
            wide = middle
        else:
            narrow = middle
    return wide
