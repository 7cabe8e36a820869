"""Amounts: exact minor units or a named refusal, never a rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.currencies import AmountError, check_amount, exponent, format_amount, parse_amount
from server_mqtt.contract.limits import MAX_AMOUNT_MINOR
from server_mqtt.contract.reasons import Reason

AMOUNT_REASONS = {reason for reason in Reason if reason.value.startswith("amount_")}


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("0.01", "EUR", 1),
        ("12.500", "EUR", 1250),
        ("500", "JPY", 500),
        ("500.0", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("007", "EUR", 700),
        ("0" * 5_000 + "7." + "0" * 5_000, "EUR", 700),
    ],
    ids=lambda value: str(value)[:20],
)
def test_amounts_are_exact(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.fault(29)
@pytest.mark.fault(52)
@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("1.234", "EUR", Reason.AMOUNT_TOO_PRECISE),
        ("0.001", "EUR", Reason.AMOUNT_TOO_PRECISE),
        ("1.5", "JPY", Reason.AMOUNT_TOO_PRECISE),
        ("0", "EUR", Reason.AMOUNT_ZERO),
        ("0.00", "EUR", Reason.AMOUNT_ZERO),
        ("-1", "EUR", Reason.AMOUNT_NEGATIVE),
        ("9999999999999999", "EUR", Reason.AMOUNT_TOO_LARGE),
        ("1", "XXX", Reason.UNKNOWN_CURRENCY),
        ("1", "eur", Reason.UNKNOWN_CURRENCY),
        ("", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("1,50", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("1e3", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("١٢", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("12.", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        (" 12", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("1.250,00", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("1'250.00", "CHF", Reason.AMOUNT_NOT_A_NUMBER),
        ("12.50\n", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("\u202e05.21", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("12\u200b.50", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("１２", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("💶12", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("+12", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("0x12", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("1_000", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
        ("9" * 40, "EUR", Reason.AMOUNT_TOO_LARGE),
        ("9" * 65_536, "EUR", Reason.AMOUNT_TOO_LARGE),
        ("-" + "9" * 40, "EUR", Reason.AMOUNT_NEGATIVE),
        ("NaN", "EUR", Reason.AMOUNT_NOT_A_NUMBER),
    ],
    ids=lambda value: ascii(value[:20]),
)
def test_other_text_is_refused_by_name(text: str, currency: str, reason: Reason) -> None:
    with pytest.raises(AmountError) as caught:
        parse_amount(text, currency)
    assert caught.value.reason is reason


@given(minor=st.integers(1, MAX_AMOUNT_MINOR), currency=st.sampled_from(["EUR", "JPY", "KWD", "CNY", "CLF"]))
def test_format_and_parse_are_inverse(minor: int, currency: str) -> None:
    assert parse_amount(format_amount(minor, currency), currency) == minor


@pytest.mark.fault(29)
@pytest.mark.fault(52)
@given(
    text=st.text(max_size=24) | st.text(alphabet="0123456789.,-+eE \u0661\uff11", max_size=24),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
)
def test_any_text_is_an_exact_amount_or_refused(text: str, currency: str) -> None:
    try:
        minor = parse_amount(text, currency)
    except AmountError as error:
        refused_for = error.reason
    else:
        assert Decimal(text).scaleb(exponent(currency)) == minor
        assert 0 < minor <= MAX_AMOUNT_MINOR
        return
    assert refused_for in AMOUNT_REASONS


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD"])
def test_a_format_shows_the_currency_s_decimals(currency: str) -> None:
    _, _, fraction = format_amount(7, currency).partition(".")
    assert len(fraction) == exponent(currency)


def test_the_order_of_refusals() -> None:
    assert check_amount(0, "???") is Reason.UNKNOWN_CURRENCY
    assert check_amount(0, "EUR") is Reason.AMOUNT_ZERO
    assert check_amount(-5, "EUR") is Reason.AMOUNT_NEGATIVE
    assert check_amount(MAX_AMOUNT_MINOR + 1, "EUR") is Reason.AMOUNT_TOO_LARGE
    assert check_amount(MAX_AMOUNT_MINOR, "EUR") is None
