"""Currencies and amounts (ISO 4217). Pure.

An amount is an integer of minor units; the exponent says how many decimals a major unit has.
"""

from __future__ import annotations

import re
from typing import Final

from server_mqtt.contract.limits import MAX_AMOUNT_MINOR
from server_mqtt.contract.reasons import Reason

_DEFAULT_EXPONENT: Final = 2
_OTHER_EXPONENTS: Final = {
    **dict.fromkeys(
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split(),
        0,
    ),
    **dict.fromkeys(("BHD IQD JOD KWD LYD OMR TND").split(), 3),
    **dict.fromkeys(("CLF UYW").split(), 4),
}
_CODES: Final = frozenset(
    (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
        "CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
        "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD "
        "LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
        "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
        "TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR "
        "ZMW ZWG"
    ).split()
)
_AMOUNT = re.compile(r"^(?P<sign>-?)(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?$")
_MAX_MAJOR_DIGITS: Final = len(str(MAX_AMOUNT_MINOR))
"""Longer numbers are too large in every currency, and are not worth the work of reading them."""


class AmountError(ValueError):
    """Text that is no amount of this currency; `reason` is one the terminal has words for."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def is_currency(code: str) -> bool:
    """Whether `code` is an active ISO 4217 code of money one can pay with."""
    return code in _CODES


def exponent(code: str) -> int:
    """Decimals of a major unit (0, 2, 3 or 4); raises AmountError(unknown_currency)."""
    if not is_currency(code):
        raise AmountError(Reason.UNKNOWN_CURRENCY)
    return _OTHER_EXPONENTS.get(code, _DEFAULT_EXPONENT)


def check_amount(amount_minor: int, code: str) -> Reason | None:
    """Why this amount cannot be paid in this currency, or None. First failure wins, in this order."""
    if not is_currency(code):
        return Reason.UNKNOWN_CURRENCY
    if amount_minor == 0:
        return Reason.AMOUNT_ZERO
    if amount_minor < 0:
        return Reason.AMOUNT_NEGATIVE
    if amount_minor > MAX_AMOUNT_MINOR:
        return Reason.AMOUNT_TOO_LARGE
    return None


def parse_amount(text: str, code: str) -> int:
    """Minor units of `text` ("12.50", ASCII digits, at most one point); raises AmountError, never rounds."""
    decimals = exponent(code)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise AmountError(Reason.AMOUNT_NOT_A_NUMBER)
    fraction = (match["minor"] or "").rstrip("0")
    if len(fraction) > decimals:
        raise AmountError(Reason.AMOUNT_TOO_PRECISE)
    major = match["major"].lstrip("0")
    if len(major) > _MAX_MAJOR_DIGITS:
        raise AmountError(Reason.AMOUNT_NEGATIVE if match["sign"] else Reason.AMOUNT_TOO_LARGE)
    amount = int("0" + major + fraction.ljust(decimals, "0"))
    reason = check_amount(-amount if match["sign"] else amount, code)
    if reason is not None:
        raise AmountError(reason)
    return amount


def format_amount(amount_minor: int, code: str) -> str:
    """`amount_minor` as plain digits with the currency's decimals: "12.50". Locales are the screen's business."""
    decimals = exponent(code)
    digits = str(abs(amount_minor)).rjust(decimals + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)
