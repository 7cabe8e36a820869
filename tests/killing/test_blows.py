"""A few of the moments at which a server can be struck; `./run kill` tries them all."""

from __future__ import annotations

from typing import Final

import pytest

from tests.killing.launcher import PLACES
from tests.killing.trial import kill_at, kill_broker_at
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

AT_ONCE: Final = 2
KILLED: Final = -9


@pytest.mark.fault(30)
@pytest.mark.fault(32)
@pytest.mark.parametrize("place", ["inbox", "posting", "commit", "publish", "comparison"])
def test_a_server_that_dies_between_two_steps_loses_and_doubles_nothing(
    shop: Shop, server: PrivateServer, place: str
) -> None:
    assert place in PLACES
    assert kill_at(shop, server, f"after:{place}", 2, AT_ONCE).exit_codes == (KILLED,)


@pytest.mark.fault(11)
@pytest.mark.fault(13)
@pytest.mark.parametrize("place", ["inbox", "publish"])
def test_a_broker_that_dies_between_two_steps_and_forgets_loses_and_doubles_nothing(
    shop: Shop, server: PrivateServer, place: str
) -> None:
    assert kill_broker_at(shop, server, f"after:{place}", AT_ONCE, 3, forgets=True).exit_codes == ()
