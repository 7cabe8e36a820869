"""The languages a terminal speaks. Pure."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """Named as Babel's locales are."""

    ENGLISH = "en"
    CHINESE = "zh_Hans"

    @property
    def following(self) -> Language:
        """The one the language button changes to."""
        all_languages = tuple(Language)
        return all_languages[(all_languages.index(self) + 1) % len(all_languages)]


OWN_NAMES = {Language.ENGLISH: "English", Language.CHINESE: "简体中文"}
"""What each language is called by those who read it."""
