"""Worlds of a server, a broker, terminals and people, in which everything goes wrong that can, and all stays true."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from server_mqtt.flow.states import FINAL
from tests.simulation.chance import Fault
from tests.simulation.world import play

SEEDS: Final = 2_000
AT_ONCE: Final = 100
"""Seeds of one test: seconds, even on a slow board."""

LOOKED_AT: Final = 150
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


def test_every_fault_strikes_and_every_end_is_reached() -> None:
    struck: Counter[Fault] = Counter()
    states: Counter[str] = Counter()
    for seed in range(LOOKED_AT):
        played = play(seed)
        struck.update(played.struck)
        states.update(played.states)
    assert set(struck) == set(Fault)
    assert set(states) == set(FINAL)


def test_a_seed_is_one_world_told_or_not() -> None:
    told, again, untold = play(8, traced=True), play(8, traced=True), play(8)
    assert told.trace
    assert told == again
    assert (untold.steps, untold.simulated_ms, untold.struck) == (told.steps, told.simulated_ms, told.struck)
    assert play(9, traced=True).trace != told.trace
