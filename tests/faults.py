"""`python -m tests.faults`: every row of docs/faults.md with the tests that carry its number, or "none".

Tests are found as pytest finds them, by collecting, so what is printed is what runs. Impure: collecting imports every
test module.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "faults.md"
MARK: Final = "fault"
_ROW: Final = re.compile(r"^\| (?P<number>[0-9]+) \| (?P<happens>[^|]+) \| (?P<true>[^|]+) \|$")
_HEADING: Final = "## "


class FaultError(Exception):
    """A mark without a row, or tests that cannot be collected."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: its section of the page, its number, what happens, and what must be true then."""

    section: str
    number: int
    happens: str
    must_be_true: str


def read_page(text: str) -> tuple[Fault, ...]:
    """The rows of the page, in its order. Raises FaultError when a number is missing, doubled or out of order."""
    rows: list[Fault] = []
    section = ""
    for line in text.splitlines():
        if line.startswith(_HEADING):
            section = line.removeprefix(_HEADING)
        found = _ROW.match(line)
        if found is not None:
            rows.append(Fault(section, int(found["number"]), found["happens"].strip(), found["true"].strip()))
    numbers = [row.number for row in rows]
    if numbers != list(range(1, len(rows) + 1)):
        raise FaultError(f"{PAGE.name} does not count from 1 without gaps: {numbers}")
    return tuple(rows)


def marked(items: Iterable[pytest.Item]) -> dict[int, list[str]]:
    """The tests of each number, parametrised ones once. Raises FaultError for a mark that is no single number."""
    tests: dict[int, list[str]] = {}
    for item in items:
        name = item.nodeid.partition("[")[0]
        for mark in item.iter_markers(MARK):
            number = mark.args[0] if len(mark.args) == 1 and not mark.kwargs else None
            if not isinstance(number, int):
                raise FaultError(f"{name}: {MARK} takes one number of {PAGE.name}, not {mark.args}")
            if name not in tests.setdefault(number, []):
                tests[number].append(name)
    return tests


def check_numbers(rows: Iterable[Fault], tests: Mapping[int, list[str]]) -> None:
    """Raises FaultError, naming the tests, for marks without a row."""
    known = {row.number for row in rows}
    strays = [f"{name}: fault {number}" for number, names in tests.items() if number not in known for name in names]
    if strays:
        raise FaultError(f"no such row in {PAGE.name}: {', '.join(sorted(strays))}")


def render(rows: Iterable[Fault], tests: Mapping[int, list[str]]) -> str:
    """The table as text for a terminal."""
    lines: list[str] = []
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", section]
        lines.append(f"{row.number:4}  {row.happens} {row.must_be_true}")
        lines += [f"        {name}" for name in sorted(tests.get(row.number, []))] or ["        none"]
    return "\n".join(lines).strip("\n") + "\n"


class _Collected:
    """A pytest plugin that keeps what was collected."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """pytest's hook after collecting."""
        self.items = list(session.items)


def collect() -> list[pytest.Item]:
    """Every test of the project. Raises FaultError with pytest's words when it cannot collect them."""
    collected, said = _Collected(), StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = pytest.main(["--collect-only", "-q", "--rootdir", str(ROOT), str(ROOT / "tests")], plugins=[collected])
    if status != pytest.ExitCode.OK:
        raise FaultError(f"the tests cannot be collected:\n{said.getvalue()}")
    return collected.items


def main() -> int:
    """Print the table; returns the exit status."""
    try:
        rows = read_page(PAGE.read_text(encoding="utf-8"))
        tests = marked(collect())
        check_numbers(rows, tests)
    except FaultError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(render(rows, tests))
    unproven = sum(1 for row in rows if row.number not in tests)
    sys.stdout.write(f"\n{len(rows)} faults, {len(rows) - unproven} with tests, {unproven} without\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
