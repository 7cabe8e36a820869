"""What pytest does otherwise under mutmut: fewer examples, for there are many mutants, and a name that mutmut reads."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import settings

EXAMPLES_MAX: Final = 25
"""Always the same ones: the profile of conftest.py derandomises. A mutant that only the 26th finds has no test yet."""


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """After conftest.py, which loads the profile that this one is made from."""
    settings.register_profile("mutants", settings.get_profile("fixed"), max_examples=EXAMPLES_MAX)
    settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the attribute `_nodeid`, which mutmut 3.8 reads and pytest has no more since 9.2."""
    for item in items:
        vars(item)["_nodeid"] = item.nodeid
