"""Events in any order, at any time, under facts that change: money is conserved and no rule is ever broken."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from server_mqtt.contract.messages import PaymentState
from tests.server_mqtt.flow.shop import Shop
from tests.server_mqtt.flow.world import World

Shop.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestShop = Shop.TestCase


def test_the_walks_lead_everywhere() -> None:
    """A machine that never moved money would find nothing."""
    seen: set[PaymentState] = set()

    class Watched(Shop):
        def teardown(self) -> None:
            payment = getattr(self, "world", World()).payment
            seen.update(() if payment is None else (payment.state,))

    few = settings(max_examples=500, stateful_step_count=40, deadline=None, derandomize=True, database=None)
    run_state_machine_as_test(Watched, settings=few)
    assert seen == set(PaymentState)
