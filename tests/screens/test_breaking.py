"""Lines end only where they may, are never too wide, and say what the text says."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.screens.breaking import break_lines, pieces

WORDS = st.text(alphabet="abcXYZ äß-,.…!(0123456789€ “”年月日收款方，。：！？（）《》ñ\u0301\u200d", max_size=60)
WIDTHS = st.integers(min_value=1, max_value=30)
JOINER = "\u200d"
NEVER_FIRST = set("，。：！？）》”,.!…")
NEVER_LAST = set("（《“(")


def width_of(text: str) -> float:
    """Wide characters are two units wide, marks none, everything else one."""
    return sum(0 if unicodedata.combining(one) or one == JOINER else 2 if one >= "\u2e80" else 1 for one in text)


@given(WORDS)
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


@given(WORDS, WIDTHS)
def test_lines_say_what_the_text_says(text: str, width: int) -> None:
    assert "".join(break_lines(text, width, width_of)).replace(" ", "") == text.replace(" ", "")


@given(WORDS, WIDTHS)
def test_no_line_is_too_wide_unless_it_is_one_character(text: str, width: int) -> None:
    for line in break_lines(text, width, width_of):
        letters = [one for one in line if width_of(one) and one != " "]
        assert width_of(line) <= width or len(letters) <= 1


@given(WORDS, st.integers(min_value=60, max_value=200))
def test_where_no_word_is_too_wide_no_mark_stands_where_it_must_not(text: str, width: int) -> None:
    lines = break_lines(text * 4, width, width_of)
    wide = any(width_of(piece.rstrip(" ")) > width for piece in pieces(text * 4))
    for before, line in pairwise(lines):
        if not wide and before and line:
            # After a space a line may begin with anything.
            assert line[0] not in NEVER_FIRST or f" {line}"[:2] in f"{text * 4} "
            assert before[-1] not in NEVER_LAST or f"{before} "[-2:] in f" {text * 4}"
            assert not unicodedata.category(line[0]).startswith("M")


@given(WORDS, WIDTHS)
@example("a a a a a a a", 3)
def test_lines_are_as_few_as_filling_each_would_make(text: str, width: int) -> None:
    fits = all(width_of(piece.rstrip(" ")) <= width for piece in pieces(text))
    if fits and text.strip(" "):
        assert len([line for line in break_lines(text, width, width_of) if line]) <= _filled(text, width)


def _filled(text: str, width: int) -> int:
    lines, line = 1, ""
    for piece in pieces(text):
        if line.strip(" ") and width_of((line + piece).rstrip(" ")) > width:
            lines, line = lines + 1, ""
        line += piece
    return lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, []),
        ("The payee is being verified", 21, ["The payee is", "being verified"]),
        ("Oberhuber-Schattenkirchner", 16, ["Oberhuber-", "Schattenkirchner"]),
        ("资金已冻结，尚未支付", 16, ["资金已冻结，", "尚未支付"]),
        (
            "收款方未通过验证。资金等待其验证。",
            32,
            ["收款方未通过验证。", "资金等待其验证。"],
        ),
        ("于2026年11月14日退还给您", 14, ["于2026年11月", "14日退还给您"]),
        ("€99,999,999.99", 20, ["€99,999,999.99"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("名称：（甲）", 6, ["名称：", "（甲）"]),
    ],
)
def test_known_lines(text: str, width: int, lines: list[str]) -> None:
    assert break_lines(text, width, width_of) == lines


def test_a_space_that_does_not_break_keeps_its_words_together() -> None:
    assert pieces("1\u00a0234\u00a0€ now") == ("1\u00a0234\u00a0€ ", "now")
