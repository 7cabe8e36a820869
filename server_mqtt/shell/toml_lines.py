"""On which line of a TOML text a setting stands: the standard library's parser tells values, but no positions. Pure.

The parser itself is the judge, so quoted and dotted keys, inline tables and values of several lines need no second
grammar: a text cut off at the end of a statement parses, one cut off within a statement does not.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

LOCATED_LINES: Final = 5_000
"""Lines that are looked at: a configuration has a hundred."""


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line, from 1, of the statement that first makes `path` exist; None where nothing in `text` does."""
    lines = text.replace("\r\n", "\n").split("\n")[:LOCATED_LINES]
    statements = _statements(lines)

    def made_by(index: int) -> bool:
        return _exists(_parsed("\n".join(lines[: statements[index][1]])), path)

    # What exists after a statement exists after all later ones.
    first = bisect_left(range(len(statements)), True, key=made_by)
    return statements[first][0] if first < len(statements) else None


def _statements(lines: Sequence[str]) -> list[tuple[int, int]]:
    """First and last line of each key with its value and of each table's header, from 1."""
    found: list[tuple[int, int]] = []
    start = 0
    for number, line in enumerate(lines, start=1):
        if start == 0 and (not line.strip() or line.lstrip().startswith("#")):
            continue
        start = start or number
        # Alone: whether it is a whole statement does not depend on what is before it.
        if _parsed("\n".join(lines[start - 1 : number])) is not None:
            found.append((start, number))
            start = 0
    return found


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _exists(table: dict[str, Any] | None, path: Sequence[str]) -> bool:
    inner: Any = table
    for key in path:
        if not isinstance(inner, dict) or key not in inner:
            return False
        inner = inner[key]
    return table is not None
