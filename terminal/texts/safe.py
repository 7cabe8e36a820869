"""Names and numbers as they may be shown: they come from elsewhere and must not break, forge or betray. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from server_mqtt.contract.limits import ACCOUNT_PATTERN

SHOWN_MAX: Final = 60
"""Characters of a name on a screen: three lines of the largest type."""

MASK: Final = "****"
SHOWN_DIGITS: Final = 4
"""As on a card's receipt: enough to tell one's own accounts apart, too little to use one."""

_ACCOUNT: Final = re.compile(ACCOUNT_PATTERN)
_ACCOUNT_DIGITS: Final = 6
"""Digits of one word that make it a number rather than a name: "Taxi-1100" is one, "20004471" is none."""

_MARKS_MAX: Final = 3
"""Marks on one letter: Vietnamese and Indic names have up to three; a pile of them covers the lines around it."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners belong to the spelling of Persian and Indic names; everything else unprintable goes."""

_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols to Unicode, nothing to the eye: fillers of Hangul, the empty Braille cell."""


def shown(name: str) -> str:
    """`name` without control, direction and private characters, on one line, cut with an ellipsis.

    Empty where nothing of it could be seen; a number of an account instead of a name is masked.
    """
    kept: list[str] = []
    marks = 0
    for character in name:
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if character.isspace() or character in _BLANK_LETTERS:
            kept.append(" ")
        elif character in _JOINERS or not (category.startswith("C") or marks > _MARKS_MAX):
            kept.append(character)
    text = " ".join("".join(kept).split())
    if not any(_visible(character) for character in text):
        return ""
    if _ACCOUNT.fullmatch(text) and sum(character.isdigit() for character in text) >= _ACCOUNT_DIGITS:
        return masked(text)
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1].rstrip() + "…"


def masked(account: str) -> str:
    """The end of an account number: four characters, of short ones half."""
    return MASK + account[len(account) - min(SHOWN_DIGITS, len(account) // 2) :]


def _visible(character: str) -> bool:
    """Whether it leaves ink by itself: letters, numbers, punctuation, symbols; marks need something to stand on."""
    return unicodedata.category(character)[0] in "LNPS"
