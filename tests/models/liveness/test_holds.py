"""An action that is to be held is held for that long, and no longer than it takes to come back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ChallengeError
from models.liveness.challenge import HOLD_MAX_MS, RELEASE_MAX_MS, UNHELD, Action, checked
from models.liveness.evidence import LivenessFailure
from models.liveness.session import Phase, start
from tests.models.liveness.faces import RESTING, performance, watch

CHALLENGE = (Action.TURN_LEFT, Action.BLINK)
HELD = [action for action in Action if action not in UNHELD]


@pytest.mark.parametrize("action", HELD)
def test_a_hold_is_asked_for_and_then_its_end(action: Action) -> None:
    other = Action.BLINK
    session = watch(start((action, other), (1000, 0)), [*RESTING, *performance(action, 4)[:8]])
    assert (session.phase, session.keep, session.action) == (Phase.HOLDING, True, action)
    height = session.look
    assert height is not None
    kept = watch(session, [height] * 25)
    assert (kept.phase, kept.keep, kept.action) == (Phase.HOLDING, False, None)
    back = watch(kept, [*performance(action, 4)[-3:], *RESTING])
    assert (back.phase, back.action) == (Phase.ACTING, other)
    assert 1000 <= back.steps[0].held_ms <= 1000 + RELEASE_MAX_MS


@settings(deadline=None, max_examples=60)
@given(
    action=st.sampled_from(HELD),
    hold_ms=st.integers(0, HOLD_MAX_MS),
    held_ms=st.integers(0, HOLD_MAX_MS + 2 * RELEASE_MAX_MS),
    every_ms=st.integers(25, 80),
)
def test_a_hold_of_another_length_fails(action: Action, hold_ms: int, held_ms: int, every_ms: int) -> None:
    """And so no movement meets two holds that differ by more than the time to come back."""
    looks = [*RESTING, *performance(action, 3 + round(held_ms / every_ms)), *RESTING]
    session = watch(start((action, Action.BLINK), (hold_ms, 0)), looks, every_ms=every_ms)
    if session.steps:
        assert hold_ms <= session.steps[0].held_ms <= hold_ms + RELEASE_MAX_MS
    if hold_ms + 2 * every_ms <= held_ms <= hold_ms + RELEASE_MAX_MS - 2 * every_ms:
        assert session.steps
    if not hold_ms - 2 * every_ms <= held_ms <= hold_ms + RELEASE_MAX_MS + 2 * every_ms:
        assert session.failure is LivenessFailure.NOT_HELD


def test_a_hold_that_nobody_saw_whole_fails() -> None:
    """Begun anew, one clip could show holds of several lengths, one after the other."""
    session = watch(start(CHALLENGE), [*RESTING, *performance(Action.TURN_LEFT, 4)[:8]])
    assert session.phase is Phase.HOLDING
    assert watch(session, [None] * 11).failure is None
    assert watch(session, [None] * 13).failure is LivenessFailure.FACE_LOST


@pytest.mark.parametrize(
    ("challenge", "holds_ms", "words"),
    [
        (CHALLENGE, (0,), "as many holds, got 1"),
        (CHALLENGE, (-1, 0), "not for -1"),
        (CHALLENGE, (HOLD_MAX_MS + 1, 0), "0 to 5000 ms, not for 5001"),
        (CHALLENGE, (0, 500), "blink can be held for 0 to 0 ms"),
    ],
)
def test_refuses_holds_that_cannot_be(challenge: tuple[Action, ...], holds_ms: tuple[int, ...], words: str) -> None:
    with pytest.raises(ChallengeError, match=words):
        start(checked(challenge), holds_ms)
