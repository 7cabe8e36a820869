"""Worlds of a server, a broker, terminals and people, in which everything goes wrong that can, and all stays true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.states import FINAL, Payment
from tests.simulation.chance import Fault
from tests.simulation.world import World, play

SEEDS: Final = 2_000
AT_ONCE: Final = 100
"""Seeds of one test: seconds, even on a slow board."""

LOOKED_AT: Final = range(300, 600)
"""Seeds within which every fault strikes and every end is reached."""

SHOWN: Final = 300
"""Lines of a trace that a failure prints; `./run simulate --seed S --trace` prints all of it."""


@pytest.mark.fault(3)
@pytest.mark.fault(11)
@pytest.mark.fault(13)
@pytest.mark.fault(17)
@pytest.mark.fault(30)
@pytest.mark.fault(66)
@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_everything_holds_whatever_goes_wrong(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        broken = play(seed).broken
        if broken is not None:
            lines = play(seed, traced=True).trace[-SHOWN:]
            pytest.fail("\n".join([f"./run simulate --seed {seed} --trace: {broken}", *lines]), pytrace=False)


def test_every_fault_strikes_every_end_is_reached_and_races_are_run() -> None:
    struck: set[Fault] = set()
    states: set[PaymentState] = set()
    races: set[str] = set()
    reasons: set[Reason | None] = set()
    for seed in LOOKED_AT:
        world = World(seed)
        world.play()
        struck |= set(world.chance.struck)
        for payment in world.rows.payments.kept.values():
            states.add(payment.state)
            reasons |= {payment.reason, payment.first_result.reason if payment.first_result else None}
            races |= set(_races(payment, world.rows.updated_at_ms.kept[payment.payment_id]))
    assert struck == set(Fault)
    assert states == set(FINAL)
    assert reasons >= {Reason.PAYEE_OFFLINE, Reason.PAYEE_BUSY, Reason.PAYEE_REFUSED, Reason.PAYEE_CLOSED}
    assert races == {"for the same money", "of release and refund"}


def _races(payment: Payment, ended_at_ms: int) -> Iterator[str]:
    """What `payment` raced for, and lost or won."""
    if payment.reason is Reason.INSUFFICIENT_FUNDS and payment.second_result is not None:
        yield "for the same money"
    if payment.state is PaymentState.RELEASED and payment.hold and ended_at_ms >= payment.hold.expires_at_ms:
        yield "of release and refund"


def test_a_seed_is_one_world_told_or_not() -> None:
    told, again, untold = play(8, traced=True), play(8, traced=True), play(8)
    assert told.trace
    assert told == again
    assert (untold.steps, untold.simulated_ms, untold.struck) == (told.steps, told.simulated_ms, told.struck)
    assert play(9, traced=True).trace != told.trace
