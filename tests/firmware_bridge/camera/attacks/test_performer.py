"""Scenes put together of others: cut, repeated, backwards, passive."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.camera.attacks.performer import InTurn, Passive, Retimed, backwards, repeated, to_and_fro
from firmware_bridge.camera.sources import Nothing, Picture

T_MS = st.integers(0, 100_000)
LENGTH_MS = st.integers(1, 9_000)


@dataclass
class Clock:
    """Shows the time, and keeps what it is told."""

    level: int = 0
    told: list[tuple[str, int]] = field(default_factory=list)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        self.told.append((action, at_ms))
        return at_ms + 500

    def release(self, at_ms: int) -> None:
        self.told.append(("release", at_ms))

    def frame(self, t_ms: int) -> Picture | None:
        return np.full((480, 640, 3), 60 + self.level + t_ms // 1000, np.uint8)


@given(T_MS, LENGTH_MS)
def test_courses_of_time_stay_inside_what_was_recorded(t_ms: int, length_ms: int) -> None:
    assert 0 <= repeated(length_ms)(t_ms) < length_ms
    assert 0 <= to_and_fro(length_ms)(t_ms) <= length_ms
    assert 0 <= backwards(length_ms)(t_ms) <= length_ms


@given(LENGTH_MS, st.integers(0, 9_000))
def test_to_and_fro_has_no_seam_and_backwards_goes_back(length_ms: int, t_ms: int) -> None:
    there = to_and_fro(length_ms)
    assert abs(there(t_ms + 1) - there(t_ms)) <= 1
    if t_ms % (length_ms + 1) < length_ms:
        assert backwards(length_ms)(t_ms + 1) == backwards(length_ms)(t_ms) - 1


def test_one_after_the_other_and_both_are_told() -> None:
    first, second = Clock(), Clock(level=100)
    scene = InTurn(first, second, 1500)
    assert scene.perform("blink", 300) == 800
    assert first.told == second.told == [("blink", 300)]
    scene.release(900)
    assert first.told[1:] == second.told[1:] == [("release", 900)]
    before, after = scene.frame(1499), scene.frame(1500)
    assert before is not None
    assert after is not None
    assert after.mean() > before.mean() + 90


def test_a_passive_scene_has_fresh_noise_and_does_nothing() -> None:
    scene = Passive(Retimed(Clock(), lambda _: 0))
    assert scene.perform("blink", 300) == 300
    first, later = scene.frame(0), scene.frame(50)
    assert first is not None
    assert later is not None
    assert (first != later).mean() > 0.5
    assert Passive(Nothing()).frame(0) is None
