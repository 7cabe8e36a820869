"""What all tests share: how hypothesis draws, which numbers of faults there are, and that nothing is skipped unseen."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL

from server_mqtt.shell.store import migrate
from tests import faults
from tests.private_postgres import PrivatePostgres

MAY_BE_SKIPPED: Final = frozenset({"shared_data", "skipif"})
"""Marks of tests whose data is no part of the project, or that say themselves where they make no sense."""
COMPLETE: Final = "--complete"

# A build must not fail by chance: `fixed` draws the same examples every time, and no example is measured by a clock
# that other programs slow down. `--hypothesis-profile=search` looks further, for whoever changes a core.
settings.register_profile("fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "search", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")


def pytest_configure() -> None:
    """Lets Ctrl-C end what the tests start: what runs in the background ignores it, and passes that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """One PostgreSQL for all tests that keep to databases of their own; who stops it brings their own."""
    with PrivatePostgres() as running:
        yield running


@pytest.fixture(scope="session")
def migrated(postgres: PrivatePostgres) -> URL:
    """A migrated database to copy, which is quicker than to migrate one for each test."""
    template = postgres.new_database()
    migrate(template)
    return template


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --complete."""
    parser.addoption(
        COMPLETE, action="store_true", help="everything is set up: a test that skips itself for lack of something fails"
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
    """Under --complete, turn the skip of a test whose needs were set up into a failure."""
    report = yield
    marks = {mark.name for mark in item.iter_markers()}
    if report.skipped and item.config.getoption(COMPLETE) and marks.isdisjoint(MAY_BE_SKIPPED):
        report.outcome = "failed"
        report.longrepr = f"skipped although everything is set up: {call.excinfo.value if call.excinfo else ''}"
    return report
