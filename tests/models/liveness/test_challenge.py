"""Which sequences of actions are challenges."""

from __future__ import annotations

import pytest

from models.errors import ChallengeError, ModelError
from models.liveness.challenge import ACTIONS_MAX, Action, checked


def test_takes_names_of_the_wire() -> None:
    assert checked(["turn_left", "blink"]) == (Action.TURN_LEFT, Action.BLINK)  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([], "2 to 6 actions, got 0"),
        ([Action.BLINK], "2 to 6 actions, got 1"),
        ([Action.BLINK] * (ACTIONS_MAX + 1), "got 7"),
        ([Action.TURN_LEFT, Action.TURN_RIGHT], "needs a blink or an opened mouth"),
        (["blink", "stand_on_head"], "stand_on_head"),
    ],
)
def test_refuses_what_proves_nothing(actions: list[Action], words: str) -> None:
    with pytest.raises(ChallengeError, match=words) as refused:
        checked(actions)
    assert isinstance(refused.value, ModelError)
    assert isinstance(refused.value, ValueError)
