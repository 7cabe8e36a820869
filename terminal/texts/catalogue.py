"""Texts in one language: phrases looked up, amounts and intervals in the language's own form.

Impure: reads the package's .po file of a language, once. Compiled in memory, so that no binary is part of the source.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from babel import Locale
from babel.dates import format_timedelta
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from server_mqtt.contract.currencies import AmountError
from server_mqtt.contract.messages import Action, Role
from server_mqtt.contract.reasons import Reason
from terminal.texts.amounts import spell_amount, spell_entered
from terminal.texts.languages import Language
from terminal.texts.phrases import MINOR_UNITS
from terminal.texts.reasons import ACTIONS, OWN_REASONS, REASONS, RISKS
from terminal.texts.safe import shown

SOURCE: Final = Language.ENGLISH

_MINUTE_MS: Final = 60_000
_MINUTES_AN_HOUR: Final = 60
_HOURS_A_DAY: Final = 24
_MINUTES_A_DAY: Final = _HOURS_A_DAY * _MINUTES_AN_HOUR
_NO_LARGER_UNIT: Final = 1_000_000
"""Babel goes on to weeks where so many of a unit are reached: people count a hold in days and hours."""

_BETWEEN_SENTENCES: Final = {Language.ENGLISH: " ", Language.CHINESE: ""}
"""A Chinese full stop brings its own space."""


class Texts:
    """What a screen says, in one language."""

    def __init__(self, language: Language) -> None:
        """Raises OSError where the language's .po file is not part of the installation."""
        self.language = language
        self._locale = Locale.parse(language.value)
        self._translations = _translations(language)

    def __call__(self, english: str, **values: str | int) -> str:
        """The phrase in this language, with `values` put in. An empty phrase is empty in every language."""
        text = self._translations.gettext(english) if english else ""
        return text.format(**values) if values else text

    def reason(self, reason: Reason | None, reader: Role | None = None) -> str:
        """Words for a reason, empty for none; "you" where it is about the end that reads it."""
        if reason is None:
            return ""
        own = OWN_REASONS[reader] if reader is not None else {}
        return self(own.get(reason) or REASONS[reason])

    def risk(self, name: str) -> str:
        """Words for what makes a payee risky, to the payer; those of `PAYEE_RISKY` for a name that has none."""
        return self(RISKS.get(name) or REASONS[Reason.PAYEE_RISKY])

    def action(self, action: str) -> str:
        """Words for an action of a challenge; raises ValueError for one that is none."""
        return self(ACTIONS[Action(action)])

    def amount(self, amount_minor: int, currency: str) -> str:
        """The exact amount; of an unknown currency nobody knows the decimals, so its minor units."""
        try:
            return spell_amount(amount_minor, currency, self._locale)
        except AmountError:
            return self(MINOR_UNITS, amount=amount_minor, currency=shown(currency))

    def entered(self, entered: str, currency: str) -> str:
        """The digits of an amount that is being keyed; raises AmountError for an unknown currency."""
        return spell_entered(entered, currency, self._locale)

    def interval(self, interval_ms: int) -> str:
        """About how long: days and hours, or hours and minutes; at least a minute."""
        minutes = max(1, round(interval_ms / _MINUTE_MS))
        hours = round(minutes / _MINUTES_AN_HOUR)
        if minutes >= _MINUTES_A_DAY:
            parts = (self._days(hours // _HOURS_A_DAY), self._hours(hours % _HOURS_A_DAY))
        else:
            parts = (self._hours(minutes // _MINUTES_AN_HOUR), self._minutes(minutes % _MINUTES_AN_HOUR))
        return format_list([part for part in parts if part], style="unit", locale=self._locale)

    def sentences(self, *parts: str) -> str:
        """Whole sentences after each other; empty ones are left out."""
        return _BETWEEN_SENTENCES[self.language].join(part for part in parts if part)

    def _days(self, count: int) -> str:
        return self._counted(dt.timedelta(days=count), "day")

    def _hours(self, count: int) -> str:
        return self._counted(dt.timedelta(hours=count), "hour")

    def _minutes(self, count: int) -> str:
        return self._counted(dt.timedelta(minutes=count), "minute")

    def _counted(self, delta: dt.timedelta, unit: Literal["day", "hour", "minute"]) -> str:
        """Of one unit so many; empty for none. (Babel's `format_unit` has no Chinese words for zh_Hans.)"""
        if not delta:
            return ""
        return format_timedelta(delta, granularity=unit, threshold=_NO_LARGER_UNIT, locale=self._locale)


@cache
def texts_in(language: Language) -> Texts:
    """The texts of a language, read once."""
    return Texts(language)


def read_catalogue(language: Language) -> Catalog:
    """The language's .po file."""
    source = files("terminal.texts").joinpath("locale", f"{language.value}.po")
    with source.open("rb") as file:
        return read_po(file, locale=language.value)


def _translations(language: Language) -> gettext.NullTranslations:
    if language is SOURCE:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
