"""A recorded clip of the right person fits one challenge at most, and gets in as seldom as the arithmetic says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.liveness.challenge import Action
from models.liveness.session import Phase
from server_mqtt.verification.challenge import challenge_at, count
from server_mqtt.verification.clip_chance import overall
from server_mqtt.verification.policy import Policy
from tests.clips.__main__ import COMPUTED, PAGE, SIMULATED, computed
from tests.clips.attack import attacked, clip_of, drawn, fitting, judged, random_clip
from tests.clips.film import Deed, film
from tests.marked_parts import with_part

SMALL = Policy(challenge_actions=2, challenge_holds=2, passive_model_least_score=0.5)
DEEDS = st.lists(st.builds(Deed, st.sampled_from(Action), st.integers(0, 5_000)), min_size=1, max_size=4)


@pytest.mark.fault(47)
@settings(deadline=None, max_examples=12)
@given(deeds=DEEDS, seed=st.integers(0, 2**32))
def test_no_clip_fits_two_challenges(deeds: list[Deed], seed: int) -> None:
    policy = Policy(challenge_actions=2, challenge_holds=3, passive_model_least_score=0.5)
    assert len(fitting(film(deeds, random.Random(seed)), policy)) <= 1


@pytest.mark.fault(47)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_clip_of_one_of_the_default_challenges_passes_that_one_of_all(seed: int) -> None:
    policy, chance = Policy(), random.Random(seed)
    challenge = drawn(policy, chance)
    assert fitting(clip_of(challenge, chance), policy) == [challenge]


def test_no_challenge_is_left_out_of_the_search() -> None:
    chance = random.Random(5)
    clips = [clip_of(drawn(SMALL, chance), chance), random_clip(3, chance)]
    everything = [challenge_at(index, 2, 2) for index in range(count(2, 2))]
    for clip in clips:
        one_by_one = [challenge for challenge in everything if judged(clip, challenge).phase is Phase.PASSED]
        assert sorted(map(repr, fitting(clip, SMALL))) == sorted(map(repr, one_by_one))


def test_thieves_get_in_as_often_as_computed() -> None:
    policy = Policy(challenge_actions=2, challenge_holds=1, lockout_block_failures=10, passive_model_least_score=0.5)
    rows, expected = 50, overall(policy)
    came = attacked(policy, rows, random.Random(7))
    spread = (rows * expected * (1 - expected)) ** 0.5
    assert expected == pytest.approx(0.372, abs=0.001)
    assert abs(came.passed - rows * expected) < 3.5 * spread
    assert came.tries <= rows * 10


def test_the_page_says_what_is_computed_and_has_a_place_for_what_was_simulated() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_part(page, COMPUTED, computed()) == page
    assert "thieves" in page
    with pytest.raises(ValueError, match="has no place for what is simulated"):
        with_part("", SIMULATED, "")
