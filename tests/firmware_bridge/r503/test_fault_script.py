"""What a fault script makes of an answer: the same for the same seed, at the commands that it names and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.fault_script import (
    FaultScript,
    Hang,
    Pull,
    Restart,
    Say,
    Step,
    Strike,
    Trouble,
    Wait,
    strike_of,
)
from firmware_bridge.r503.packets import Identifier, Packet
from tests.firmware_bridge.r503.lines import ACKNOWLEDGED

strikes = st.builds(
    Strike,
    st.sampled_from(Trouble),
    on=st.integers(1, 3),
    nth=st.integers(1, 4),
    times=st.integers(1, 3),
    after_bytes=st.integers(0, 80),
    seconds=st.sampled_from([0.0, 0.5]),
    status=st.integers(0, 255),
)
played = st.lists(st.tuples(st.integers(1, 4) | st.none(), st.binary(max_size=60)), max_size=12)


@given(st.lists(strikes, max_size=4), st.integers(0, 9), played)
def test_scripts_made_alike_play_alike(
    scripted: list[Strike], seed: int, answers: list[tuple[int | None, bytes]]
) -> None:
    one, other = FaultScript(*scripted, seed=seed), FaultScript(*scripted, seed=seed)
    for command, answer in answers:
        before = len(one.struck)
        steps = one.play(command, answer)
        assert steps == other.play(command, answer)
        assert Say(b"") not in steps
        if len(one.struck) == before:
            assert b"".join(step.data for step in steps if isinstance(step, Say)) == answer
        else:
            assert one.struck[-1].on == command


@given(st.binary(min_size=1, max_size=200), st.integers(0, 99))
def test_noise_flips_one_bit_of_the_answer(answer: bytes, seed: int) -> None:
    _, said = FaultScript(Strike(Trouble.NOISE, on=1), seed=seed).play(1, answer)
    assert isinstance(said, Say)
    assert sum((one ^ other).bit_count() for one, other in zip(said.data, answer, strict=True)) == 1


WRONG = Packet(Identifier.ACKNOWLEDGE, b"\x29").to_bytes()
STEPS: dict[Trouble, list[Step]] = {
    Trouble.UNPLUG: [Say(ACKNOWLEDGED[:4]), Pull(2.0)],
    Trouble.HALF_PACKET: [Say(ACKNOWLEDGED[:4])],
    Trouble.STUCK_BUSY: [Hang()],
    Trouble.SLOW: [Wait(2.0), Say(ACKNOWLEDGED)],
    Trouble.WRONG_ANSWER: [Say(WRONG)],
    Trouble.BROWN_OUT: [Say(ACKNOWLEDGED[:4]), Wait(2.0), Restart()],
    Trouble.UNASKED: [Say(ACKNOWLEDGED), Wait(2.0), Say(WRONG)],
}


@pytest.mark.parametrize("trouble", STEPS)
def test_each_trouble_strikes_when_it_is_due_and_not_otherwise(trouble: Trouble) -> None:
    script = FaultScript(Strike(trouble, on=1, nth=2, times=2, after_bytes=4, seconds=2.0, status=0x29))
    whole: list[Step] = [Say(ACKNOWLEDGED)]
    heard = [script.play(command, ACKNOWLEDGED) for command in (1, 2, None, 1, 2, 1, 1)]
    assert heard == [whole, whole, whole, STEPS[trouble], whole, STEPS[trouble], whole]


def test_a_later_strike_takes_the_place_of_an_earlier_one() -> None:
    script = FaultScript(Strike(Trouble.HALF_PACKET, on=1, times=9))
    assert script.play(1, ACKNOWLEDGED) == [Say(ACKNOWLEDGED[:6])]
    script.add(Strike(Trouble.STUCK_BUSY, on=1))
    assert [script.play(1, ACKNOWLEDGED) for _ in range(2)] == [[Hang()], [Say(ACKNOWLEDGED)]]


def test_a_strike_can_be_typed() -> None:
    assert strike_of(["noise", "up_image"]) == Strike(Trouble.NOISE, on=Instruction.UP_IMAGE)
    assert strike_of(["slow", "GEN_IMG", "0.4"]) == Strike(Trouble.SLOW, on=Instruction.GEN_IMG, seconds=0.4)


@pytest.mark.parametrize(
    "words", ["", "noise", "dance up_image", "noise dance", "slow up_image x", "slow up_image 1 2"]
)
def test_half_a_strike_is_none(words: str) -> None:
    with pytest.raises(ValueError, match="no fault"):
        strike_of(words.split())
