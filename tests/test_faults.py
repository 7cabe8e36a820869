"""The table of faults and the marks on the tests agree."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from tests import faults
from tests.faults import Fault, FaultError, check_numbers, read_page, render

ROWS: Final = 73
OF_THE_MAIN_JOB: Final = frozenset({1, 2, 3, 4, 8, 9, 12, 16, 17, 29, 40, 41, 49, 50, 62, 63, 65, 72})
"""What a complete payment cannot do without."""
COLLECTING_TIMEOUT_S: Final = 150
ROW: Final = Fault("The wire", 1, "It rains.", "It is wet.")


def test_the_page_has_every_row() -> None:
    rows = read_page(faults.PAGE.read_text(encoding="utf-8"))
    assert len(rows) == ROWS
    assert all(row.section and row.happens and row.must_be_true for row in rows)


@pytest.mark.parametrize("numbers", [(2, 3), (1, 3), (1, 1), (2, 1)])
def test_a_page_that_does_not_count_is_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(FaultError, match="does not count"):
        read_page("\n".join(f"| {number} | It rains. | It is wet. |" for number in numbers))


def test_a_mark_without_a_row_is_refused_by_the_tests_name() -> None:
    with pytest.raises(FaultError, match=r"tests/test_rain\.py::test_it: fault 2"):
        check_numbers([ROW], {1: ["tests/test_rain.py::test_dry"], 2: ["tests/test_rain.py::test_it"]})


@pytest.mark.parametrize("arguments", [(), ("1",), (1, 2)])
def test_a_mark_is_one_number(request: pytest.FixtureRequest, arguments: tuple[object, ...]) -> None:
    item = pytest.Function.from_parent(request.node.parent, name=request.node.originalname, callobj=lambda: None)
    item.add_marker(pytest.mark.fault(*arguments))
    with pytest.raises(FaultError, match="takes one number"):
        faults.marked([item])


def test_a_row_without_tests_says_none() -> None:
    assert render([ROW], {}) == "The wire\n   1  It rains. It is wet.\n        none\n"
    assert render([ROW], {1: ["a::b"]}).endswith("\n        a::b\n")


def test_the_command_prints_every_row_and_the_main_jobs_have_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults"],
        cwd=faults.ROOT,
        capture_output=True,
        text=True,
        timeout=COLLECTING_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    starts = {int(line[:4]): index for index, line in enumerate(lines) if line[:4].strip().isdigit()}
    assert set(starts) >= set(range(1, ROWS + 1))
    assert [number for number in sorted(OF_THE_MAIN_JOB) if lines[starts[number] + 1].strip() == "none"] == []
