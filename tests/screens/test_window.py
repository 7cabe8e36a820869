"""Every check of `tests/screens/checks`, in a real window of both sizes."""

from __future__ import annotations

from typing import Final

import pytest

from tests.screens.rig import CHECKS, MODULES, PATIENCE_S, checks, verdicts

pytestmark = [pytest.mark.window, pytest.mark.timeout(PATIENCE_S + 20)]

DOUBLE_TAPS: Final = {
    "touching.a_double_tap_pays_once",
    "touching.the_second_tap_does_not_reach_the_next_screen",
}


@pytest.mark.parametrize(("size", "check"), [each for each in checks() if each[1] not in DOUBLE_TAPS])
def test_in_a_window(size: str, check: str) -> None:
    wrong = verdicts(size)[check]
    assert not wrong, wrong


@pytest.mark.fault(50)
@pytest.mark.parametrize(("size", "check"), [each for each in checks() if each[1] in DOUBLE_TAPS])
def test_a_double_tap_is_one_touch(size: str, check: str) -> None:
    wrong = verdicts(size)[check]
    assert not wrong, wrong


def test_the_window_ran_every_check_there_is() -> None:
    ran = {(size, check) for size in MODULES for check in verdicts(size)}
    assert ran == set(checks())
    assert {check for _, check in ran} >= DOUBLE_TAPS


def test_every_module_of_checks_runs_in_some_window() -> None:
    there = {path.stem for path in CHECKS.glob("*.py")} - {"__init__"}
    assert there == {name for names in MODULES.values() for name in names}
