"""What the catalogue formats, in both languages."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import get_currency_symbol
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.currencies import AmountError, exponent, format_amount, parse_amount
from server_mqtt.contract.limits import MAX_AMOUNT_MINOR
from server_mqtt.contract.messages import Role
from server_mqtt.contract.reasons import Reason
from terminal.texts.catalogue import Texts, texts_in
from terminal.texts.languages import Language

CURRENCIES = ("EUR", "CNY", "USD", "CHF", "JPY", "KRW", "XOF", "KWD", "CLF", "XCG")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.fixture(params=list(Language))
def texts(request: pytest.FixtureRequest) -> Texts:
    language: Language = request.param
    return texts_in(language)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "english", "chinese"),
    [
        (123_450, "EUR", "€1,234.50", "€1,234.50"),
        (123_450, "CNY", "CN¥1,234.50", "¥1,234.50"),
        (123_450, "USD", "$1,234.50", "US$1,234.50"),
        (1, "EUR", "€0.01", "€0.01"),
        (123_450, "JPY", "¥123,450", "JP¥123,450"),
        (123_450, "KWD", "KWD\u00a0123.450", "KWD\u00a0123.450"),
        (123_450, "CLF", "CLF\u00a012.3450", "CLF\u00a012.3450"),
        (123_450, "CHF", "CHF\u00a01,234.50", "CHF\u00a01,234.50"),
        (-5, "EUR", "-€0.05", "-€0.05"),
        (10**15, "EUR", "€10,000,000,000,000.00", "€10,000,000,000,000.00"),
        (1250, "XXX", "1250 minor units of XXX", "XXX 最小货币单位 1250 个"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    amount_minor: int, currency: str, english: str, chinese: str
) -> None:
    assert texts_in(Language.ENGLISH).amount(amount_minor, currency) == english
    assert texts_in(Language.CHINESE).amount(amount_minor, currency) == chinese


@pytest.mark.fault(52)
@given(
    amount_minor=st.integers(1, MAX_AMOUNT_MINOR),
    currency=st.sampled_from(CURRENCIES),
    language=st.sampled_from(list(Language)),
)
def test_an_amount_is_exact(amount_minor: int, currency: str, language: Language) -> None:
    """Read back digit by digit it is the same integer."""
    symbol = "".join("\u00a0" if sign.isspace() else sign for sign in get_currency_symbol(currency, language.value))
    text = texts_in(language).amount(amount_minor, currency).removeprefix(symbol)
    digits = text.replace(",", "").replace("\u00a0", "")
    assert Decimal(digits).scaleb(exponent(currency)) == amount_minor
    assert digits == format_amount(amount_minor, currency)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.fault(55)
def test_no_two_currencies_look_the_same(language: Language) -> None:
    texts = texts_in(language)
    codes = [str(code) for code in Locale.parse("en").currencies if _is_money(str(code))]
    assert len(codes) > 150
    assert len({texts.amount(10_000, code) for code in codes}) == len(codes)


def _is_money(code: str) -> bool:
    try:
        exponent(code)
    except AmountError:
        return False
    return True


@pytest.mark.parametrize(
    ("entered", "currency", "english"),
    [
        ("", "EUR", "€0"),
        ("1", "EUR", "€1"),
        ("1234", "EUR", "€1,234"),
        ("1234.", "EUR", "€1,234."),
        ("1234.5", "EUR", "€1,234.5"),
        ("1234.50", "EUR", "€1,234.50"),
        (".", "EUR", "€0."),
        ("007", "JPY", "¥7"),
        ("99999999999999", "KWD", "KWD\u00a099,999,999,999,999"),
    ],
)
def test_what_is_keyed_is_shown_digit_for_digit(entered: str, currency: str, english: str) -> None:
    assert texts_in(Language.ENGLISH).entered(entered, currency) == english


@given(
    digits=st.text("0123456789", min_size=1, max_size=12),
    fraction=st.text("0123456789", min_size=2, max_size=2),
    language=st.sampled_from(list(Language)),
)
def test_a_whole_entry_looks_as_its_amount(digits: str, fraction: str, language: Language) -> None:
    entered = f"{digits}.{fraction}"
    if int(digits + fraction) == 0:
        return
    texts = texts_in(language)
    assert texts.entered(entered, "EUR") == texts.amount(parse_amount(entered, "EUR"), "EUR")


@pytest.mark.parametrize(
    ("interval_ms", "english", "chinese"),
    [
        (0, "1 minute", "1分钟"),
        (SECOND, "1 minute", "1分钟"),
        (89 * SECOND, "1 minute", "1分钟"),
        (91 * SECOND, "2 minutes", "2分钟"),
        (59 * MINUTE, "59 minutes", "59分钟"),
        (HOUR - SECOND, "1 hour", "1小时"),
        (90 * MINUTE, "1 hour, 30 minutes", "1小时30分钟"),
        (DAY - 5, "1 day", "1天"),
        (DAY, "1 day", "1天"),
        (27 * HOUR, "1 day, 3 hours", "1天3小时"),
        (40 * DAY, "40 days", "40天"),
    ],
)
def test_intervals(interval_ms: int, english: str, chinese: str) -> None:
    assert texts_in(Language.ENGLISH).interval(interval_ms) == english
    assert texts_in(Language.CHINESE).interval(interval_ms) == chinese


@given(interval_ms=st.integers(-DAY, 400 * DAY), language=st.sampled_from(list(Language)))
def test_an_interval_is_never_off_by_more_than_half_of_its_smallest_unit(interval_ms: int, language: Language) -> None:
    text = texts_in(language).interval(interval_ms)
    units = {"day": DAY, "天": DAY, "hour": HOUR, "小时": HOUR, "minute": MINUTE, "分钟": MINUTE}
    counts = re.findall(r"(\d+) ?(day|hour|minute|天|小时|分钟)", text)
    shown_ms = sum(int(count) * units[unit] for count, unit in counts)
    allowed_ms = HOUR / 2 + MINUTE / 2 if interval_ms >= DAY - MINUTE else MINUTE / 2
    assert shown_ms == MINUTE or abs(shown_ms - interval_ms) <= allowed_ms
    assert counts


def test_sentences_are_joined_as_the_language_does() -> None:
    assert texts_in(Language.ENGLISH).sentences("One.", "", "Two.") == "One. Two."
    assert texts_in(Language.CHINESE).sentences("一。", "", "二。") == "一。二。"


def test_a_reason_speaks_to_its_reader() -> None:
    texts = texts_in(Language.ENGLISH)
    assert texts.reason(Reason.PAYER_STOPPED, Role.PAYER) == "You stopped the payment."
    assert texts.reason(Reason.PAYER_STOPPED, Role.PAYEE) == "The payer stopped the payment."
    assert texts.reason(Reason.PAYER_STOPPED) == "The payer stopped the payment."
    assert texts.reason(Reason.TIMED_OUT, Role.PAYER) == "Nobody answered in time."
    assert texts.reason(None, Role.PAYER) == ""


def test_values_cannot_change_a_phrase(texts: Texts) -> None:
    for value in ("{payee}", "{0}", "{", "}", "%s", "{payee.__class__}"):
        assert value in texts("{payee} is verified.", payee=value)


def test_an_empty_phrase_is_empty(texts: Texts) -> None:
    """gettext gives the .po file's header for an empty key."""
    assert texts("") == ""
