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

TO_SEE: Final = frozenset(
    {
        *Fault,
        *FINAL,
        Reason.PAYEE_OFFLINE,
        Reason.PAYEE_BUSY,
        Reason.PAYEE_REFUSED,
        Reason.PAYEE_CLOSED,
        "for the same money",
        "of release and refund",
        "by several orders",
        "refunded of what was settled",
        "ordered release of what was held",
        "ordered refund of what was held",
        "shared between both ends",
        "held longer",
    }
)
"""What has to strike, to be reached, to be raced for or to be ordered somewhere, or the worlds prove little."""

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
    seen: set[object] = set()
    for seed in range(SEEDS):
        world = World(seed)
        world.play()
        seen |= set(world.chance.struck)
        for payment in world.rows.payments.kept.values():
            seen |= {payment.state, payment.reason, payment.first_result.reason if payment.first_result else None}
            seen |= {*_moved(payment), *_races(payment, world.rows.updated_at_ms.kept[payment.payment_id])}
        if seen >= TO_SEE:
            return
    pytest.fail(f"{SEEDS} worlds without {TO_SEE - seen}")


def _moved(payment: Payment) -> Iterator[str]:
    """What operators moved of `payment`, and what the payer put off."""
    kinds = {order.kind for order in payment.orders}
    if len(payment.orders) > 1:
        yield "by several orders"
    if payment.hold is None:
        yield from ("refunded of what was settled" for _ in kinds)
        return
    if payment.hold.extended:
        yield "held longer"
    yield from (f"ordered {kind} of what was held" for kind in kinds)
    if payment.state is PaymentState.RELEASED and payment.refunded_minor:
        yield "shared between both ends"


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
