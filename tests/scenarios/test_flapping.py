"""A broker that comes and goes every second: who wants to reach it neither storms it nor forgets it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Final

import pytest

from server_mqtt.contract.messages import PaymentQuery, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell import broker as server_end
from tests.private_broker import PrivateBroker
from tests.scenarios.device import new_id
from tests.scenarios.gate import Gate
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

TURNS: Final = 5
HALF_S: Final = 0.5
"""So long it is there, so long it is not."""
AWAY_S: Final = 4.0


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite: the broker is what fails."""


@pytest.fixture(scope="module")
def gate(broker: PrivateBroker) -> Iterator[Gate]:
    """Before the server alone: what terminals do is tested with them."""
    with Gate(broker.port) as gate:
        gate.open()
        yield gate


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, broker: PrivateBroker, gate: Gate, policy: dict[str, int | float]
) -> Iterator[PrivateServer]:
    private = PrivateServer(tmp_path_factory.mktemp("server"), broker, policy)
    private.start({"COUNTERSIGN_BROKER_PORT": str(gate.port)})
    yield private
    private.stop()
    private.store.close()


@pytest.mark.fault(19)
def test_a_flapping_broker_is_tried_with_pauses_and_found_when_it_stays(
    shop: Shop, gate: Gate, server: PrivateServer
) -> None:
    teller = shop.customer().device
    assert teller.insist(PaymentQuery(payment_id=new_id())).reason is Reason.UNKNOWN_PAYMENT
    before = len(gate.knocked_s)
    for _ in range(TURNS):
        gate.shut()
        time.sleep(HALF_S)
        gate.open()
        time.sleep(HALF_S)
    shortest_s, longest_s = server_end.BACKOFF_FIRST_S[0], server_end.BACKOFF_MAX_S[1]
    tries = len(gate.knocked_s) - before
    assert 0 < tries <= TURNS * 2 * HALF_S / shortest_s, "a storm"
    # It stays: the server is back within the longest pause, whatever went before.
    began_s = time.monotonic()
    reply = teller.insist(PaymentQuery(payment_id=new_id()))
    assert reply.status is ReplyStatus.REFUSED
    assert time.monotonic() - began_s < longest_s + 5


@pytest.mark.fault(19)
def test_pauses_grow_while_the_broker_is_away_and_are_drawn_anew(shop: Shop, gate: Gate) -> None:
    gate.shut()
    before = len(gate.knocked_s)
    time.sleep(AWAY_S)
    gate.open()
    assert shop.customer().device.insist(PaymentQuery(payment_id=new_id())).reason is Reason.UNKNOWN_PAYMENT
    pauses_s = [later - sooner for sooner, later in itertools.pairwise(gate.knocked_s[before:])]
    assert pauses_s == sorted(pauses_s)
    assert pauses_s[-1] > 1.5 * pauses_s[0]
    assert min(pauses_s) >= server_end.BACKOFF_FIRST_S[0]


@pytest.mark.fault(19)
def test_no_two_draw_the_same_pauses() -> None:
    drawn = [server_end.draw_backoff() for _ in range(100)]
    assert len(set(drawn)) == len(drawn)
    for first_s, longest_s in drawn:
        assert server_end.BACKOFF_FIRST_S[0] <= first_s <= server_end.BACKOFF_FIRST_S[1]
        assert server_end.BACKOFF_MAX_S[0] <= longest_s <= server_end.BACKOFF_MAX_S[1]
