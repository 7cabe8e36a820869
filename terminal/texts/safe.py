"""Names as they may be shown: they come from elsewhere and must not break or forge a screen. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

SHOWN_MAX: Final = 60
"""Characters of a name on a screen: three lines of the largest type."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners belong to the spelling of Persian and Indic names; everything else unprintable goes."""


def shown(name: str) -> str:
    """`name` without control, direction and private characters, on one line, cut with an ellipsis."""
    kept = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or character in _JOINERS or not unicodedata.category(character).startswith("C")
    )
    text = " ".join(kept.split())
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1].rstrip() + "…"
