"""What the policy makes of the chance that a recorded clip passes. That a clip fits one challenge: tests/clips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.verification.challenge import count
from server_mqtt.verification.clip_chance import overall, per_try, tries
from server_mqtt.verification.policy import Policy


@pytest.mark.fault(47)
def test_by_default_it_stays_under_one_percent_over_all_tries() -> None:
    policy = Policy()
    assert per_try(policy).denominator == 12_568
    assert tries(policy) == 50
    assert overall(policy) == pytest.approx(0.00397, abs=1e-5)
    assert overall(policy) < 0.01


@given(actions=st.integers(2, 6), holds=st.integers(1, 4), blocked_after=st.integers(1, 50))
def test_it_is_no_more_than_the_tries_together_and_no_less_than_one(
    actions: int, holds: int, blocked_after: int
) -> None:
    policy = Policy(
        challenge_actions=actions,
        challenge_holds=holds,
        lockout_block_failures=blocked_after,
        passive_model_least_score=0.5,  # or two actions would not be enough
    )
    one = 1 / count(actions, holds)
    assert one * (1 - 1e-9) <= overall(policy) <= blocked_after * one * (1 + 1e-9)
