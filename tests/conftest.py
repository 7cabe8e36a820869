"""What all tests share: how hypothesis draws, which marks mean what, and that nothing set up goes unused."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from tests import faults

NEEDS_SETUP: Final = ("models", "broker", "window")
"""Marks of tests whose needs `./run test` installs or builds before it starts."""
MAY_BE_ABSENT: Final = "shared_data"
"""Mark of tests whose data is no part of the project."""
COMPLETE: Final = "--complete"

# A build must not fail by chance: `fixed` draws the same examples every time, and no example is measured by a clock
# that other programs slow down. `--hypothesis-profile=search` looks further, for whoever changes a core.
settings.register_profile("fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "search", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --complete."""
    parser.addoption(
        COMPLETE, action="store_true", help=f"a test marked {', '.join(NEEDS_SETUP)} fails where it would be skipped"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a fault's number that docs/faults.md does not have, before anything runs."""
    try:
        faults.check_numbers(faults.read_page(faults.PAGE.read_text(encoding="utf-8")), faults.marked(items))
    except faults.FaultError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under --complete, turn the skip of what was set up into a failure."""
    report = yield
    if report.skipped and item.config.getoption(COMPLETE) and _was_set_up(item) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although everything is set up: {call.excinfo.value if call.excinfo else ''}"
    return report


def _was_set_up(item: pytest.Item) -> bool:
    marks = {mark.name for mark in item.iter_markers()}
    return MAY_BE_ABSENT not in marks and not marks.isdisjoint(NEEDS_SETUP)
