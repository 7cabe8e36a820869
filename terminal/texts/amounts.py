"""Amounts as a language writes them, exact to the last minor unit. Pure."""

from __future__ import annotations

import copy
import unicodedata
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol

from server_mqtt.contract.currencies import exponent

POINT: Final = "."
"""How a keypad spells the decimal separator."""

_NO_BREAK: Final = "\u00a0"


def spell_amount(amount_minor: int, currency: str, locale: Locale) -> str:
    """The amount with the decimals of ISO 4217, not those of the locale's custom; never rounded.

    Raises AmountError for an unknown currency.
    """
    decimals = exponent(currency)
    return _applied(Decimal(amount_minor).scaleb(-decimals), decimals, currency, locale)


def spell_entered(entered: str, currency: str, locale: Locale) -> str:
    """What was keyed of an amount so far ("1234.5"), digit for digit after the point; nothing keyed is a zero.

    Raises AmountError for an unknown currency.
    """
    exponent(currency)
    whole, point, fraction = entered.partition(POINT)
    separator = locale.number_symbols["latn"]["decimal"] if point else ""
    return _applied(Decimal(whole or 0), 0, currency, locale) + separator + fraction


def _applied(value: Decimal, decimals: int, currency: str, locale: Locale) -> str:
    pattern: NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    text = str(pattern.apply(value, locale, currency=currency, currency_digits=False))
    symbol = get_currency_symbol(currency, locale)
    return text.replace(symbol, _spaced(symbol))


def _spaced(symbol: str) -> str:
    """A sign stands at the digits; letters keep a distance (CLDR: currencySpacing)."""
    one_width = "".join(_NO_BREAK if character.isspace() else character for character in symbol)
    return one_width if unicodedata.category(symbol[-1]) == "Sc" else one_width + _NO_BREAK
