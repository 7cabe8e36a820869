"""Names from the wire on a screen: never a control, never a forged line, never a whole account number."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.limits import ACCOUNT_PATTERN
from terminal.texts.safe import SHOWN_MAX, masked, shown

pytestmark = pytest.mark.fault(68)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Corner Bakery", "Corner Bakery"),
        ("街角面包店", "街角面包店"),
        ("Nguyễn Thị Minh Khai", "Nguyễn Thị Minh Khai"),
        ("علی‌رضا", "علی‌رضا"),
        ("Corner\nBakery\r\n\tTo: Mallory", "Corner Bakery To: Mallory"),
        ("Corner \u202eyrekaB", "Corner yrekaB"),
        ("a\u2066b\u2069c\u200fd\u061ce", "abcde"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc[31m"),
        ("private \ue000 surrogate \ud800 unassigned \U000e0041", "private surrogate unassigned"),
        ("[b]bold[/b] <script> {payee} %s '; DROP TABLE", "[b]bold[/b] <script> {payee} %s '; DROP TABLE"),
        ("20004471", "****4471"),
        (" GB33-2020-1555 ", "****1555"),
        ("Taxi-1100", "Taxi-1100"),
        ("Bakery 20004471", "Bakery 20004471"),
        ("", ""),
        ("   \t\n ", ""),
        ("\u200d\u200c\u200d", ""),
        ("\u3164\u115f\u2800", ""),
        ("\u0301\u0302", ""),
        ("Z" + "\u0335" * 40 + "algo", "Z" + "\u0335" * 3 + "algo"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 58 + "   " + "y" * 10, "x" * 58 + "…"),
    ],
)
def test_names(name: str, text: str) -> None:
    assert shown(name) == text


@given(st.text(max_size=300))
def test_any_name_is_one_short_line_without_tricks(name: str) -> None:
    text = shown(name)
    assert len(text) <= SHOWN_MAX
    assert text == text.strip()
    assert all(character == " " or not character.isspace() for character in text)
    hidden = [character for character in text if unicodedata.category(character).startswith("C")]
    assert set(hidden) <= {"\u200c", "\u200d"}
    assert not text or any(unicodedata.category(character)[0] in "LNPS" for character in text)
    assert shown(text) == text


@pytest.mark.parametrize(
    ("account", "text"),
    [
        ("DE-4711", "****711"),
        ("20004471", "****4471"),
        ("GB33BUKB20201555555555", "****5555"),
        ("4711", "****11"),
        ("47110", "****10"),
    ],
)
def test_masked_numbers(account: str, text: str) -> None:
    assert masked(account) == text


@given(st.from_regex(ACCOUNT_PATTERN, fullmatch=True))
def test_a_masked_number_hides_at_least_half(account: str) -> None:
    tail = masked(account).removeprefix("****")
    assert account.endswith(tail)
    assert 2 <= len(tail) <= 4
    assert 2 * len(tail) <= len(account)
