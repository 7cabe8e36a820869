"""A head does one thing after the other, as fast or as slowly as it is told."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.camera.timeline import COURSES, PAUSE_MS, Timeline

ACTIONS = st.sampled_from(sorted(COURSES))


@given(ACTIONS, st.floats(0.25, 8))
def test_slowly_takes_so_many_times_as_long(action: str, slowness: float) -> None:
    timeline = Timeline()
    end_ms = timeline.perform(action, 1_000, slowness=slowness)
    assert end_ms - 1_000 == pytest.approx(COURSES[action].length_ms * slowness, abs=2)
    assert timeline.levels(1_000)[action] == timeline.levels(end_ms)[action] == 0
    assert timeline.levels(1_000 + (end_ms - 1_000) // 2)[action] == pytest.approx(1, abs=0.2)


@given(st.lists(st.tuples(ACTIONS, st.floats(0.5, 4)), min_size=2, max_size=5))
def test_what_was_asked_for_early_waits_its_turn(acts: list[tuple[str, float]]) -> None:
    timeline = Timeline()
    ends = [timeline.perform(action, 0, slowness=slowness) for action, slowness in acts]
    assert ends == sorted(ends)
    for (action, _), end_ms in zip(acts[1:], ends, strict=False):
        assert timeline.levels(end_ms + PAUSE_MS // 2)[action] == 0


@pytest.mark.parametrize("slowness", [0.0, -1.0, math.nan])
def test_nothing_happens_in_no_time(slowness: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Timeline().perform("blink", 0, slowness=slowness)
