"""Texts in one language: phrases looked up, amounts and intervals in the language's own form.

Impure: reads the package's .po file of a language, once. Compiled in memory, so that no binary is part of the source.
"""

from __future__ import annotations

import copy
import datetime as dt
import gettext
import io
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.dates import format_timedelta
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from server_mqtt.contract.currencies import exponent
from server_mqtt.contract.messages import Action, IntervalMs
from server_mqtt.contract.reasons import Reason
from terminal.texts.languages import Language
from terminal.texts.reasons import ACTIONS, REASONS

SOURCE: Final = Language.ENGLISH
_MINUTE_MS: Final = 60_000


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

    def reason(self, reason: Reason | None) -> str:
        """Words for a reason, empty for none."""
        return "" if reason is None else self(REASONS[reason])

    def action(self, action: str) -> str:
        """Words for an action of a challenge."""
        return self(ACTIONS[Action(action)])

    def amount(self, amount_minor: int, currency: str) -> str:
        """The exact amount with the currency's sign and decimals of ISO 4217, not those of the locale's custom."""
        decimals = exponent(currency)
        pattern = copy.copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = (decimals, decimals)
        value = Decimal(amount_minor).scaleb(-decimals)
        return str(pattern.apply(value, self._locale, currency=currency, currency_digits=False))

    def interval(self, interval_ms: IntervalMs) -> str:
        """About how long, in whole days, hours or minutes; at least a minute."""
        delta = dt.timedelta(milliseconds=max(interval_ms, _MINUTE_MS))
        return format_timedelta(delta, granularity="minute", threshold=1, locale=self._locale)

    def sentence(self, parts: list[str]) -> str:
        """Parts of the status line, in the language's way to list."""
        return format_list(parts, style="unit", locale=self._locale)


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
