"""Challenges by their number: all different, all proving something, each as likely as any other."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.limits import HOLD_STEP_MS, MAX_CHALLENGE_ACTIONS, MAX_HOLD_MS
from server_mqtt.contract.messages import Action
from server_mqtt.verification.challenge import NON_RIGID, UNHELD, challenge_at, challenges, count
from server_mqtt.verification.policy import (
    MAX_CHALLENGE_ACTIONS as MAX_ACTIONS_OF_POLICY,
)
from server_mqtt.verification.policy import MAX_CHALLENGE_HOLDS, MIN_CHALLENGE_ACTIONS

ACTIONS = st.integers(MIN_CHALLENGE_ACTIONS, MAX_ACTIONS_OF_POLICY)
HOLDS = st.integers(1, MAX_CHALLENGE_HOLDS)


@given(actions=ACTIONS, holds=HOLDS, data=st.data())
def test_every_challenge_proves_something(actions: int, holds: int, data: st.DataObject) -> None:
    drawn = challenge_at(data.draw(st.integers(0, count(actions, holds) - 1)), actions, holds)
    assert len(drawn.actions) == len(drawn.holds_ms) == actions <= MAX_CHALLENGE_ACTIONS
    assert NON_RIGID & set(drawn.actions)
    assert all(drawn.actions[index] is not drawn.actions[index + 1] for index in range(actions - 1))
    for action, hold_ms in zip(drawn.actions, drawn.holds_ms, strict=True):
        assert hold_ms in range(0, MAX_HOLD_MS + 1, HOLD_STEP_MS)
        assert hold_ms == 0 or (action not in UNHELD and holds > 1)


@pytest.mark.parametrize(("actions", "holds"), [(2, 1), (2, 3), (3, 1), (3, 2), (4, 2)])
def test_every_number_is_another_challenge(actions: int, holds: int) -> None:
    drawn = [challenge_at(index, actions, holds) for index in range(count(actions, holds))]
    assert len(set(drawn)) == len(drawn)
    assert {one.actions for one in drawn} == set(challenges(actions))
    of_one = Counter(one.actions for one in drawn)
    assert all(times == holds ** sum(action not in UNHELD for action in order) for order, times in of_one.items())


def test_so_many_there_are() -> None:
    assert [count(actions, 1) for actions in (2, 3, 4, 5)] == [22, 172, 1_192, 7_792]
    assert [count(actions, 2) for actions in (2, 3, 4, 5)] == [64, 956, 12_568, 155_072]
    assert len(challenges(3)) == 172
    assert (Action.TURN_LEFT, Action.TURN_RIGHT, Action.LOOK_UP) not in challenges(3)


@pytest.mark.parametrize("index", [-1, 12_568])
def test_there_is_no_challenge_of_another_number(index: int) -> None:
    with pytest.raises(ValueError, match="there are 12568 challenges"):
        challenge_at(index, 4, 2)
