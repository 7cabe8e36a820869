"""A blink on purpose answers a request; the eyes' own blinks answer nothing and spoil nothing."""

from __future__ import annotations

from models.liveness.challenge import Action
from models.liveness.evidence import LivenessFailure
from models.liveness.session import start
from tests.models.liveness.faces import OWN_BLINK, PERFORMANCES, RESTING, watch


def test_blinks_of_their_own_cost_nothing_and_one_on_purpose_is_wrong() -> None:
    session = watch(start((Action.TURN_LEFT, Action.BLINK)), [*RESTING, *[*OWN_BLINK, *RESTING] * 12])
    assert session.action is Action.TURN_LEFT
    assert session.gestures.blink.own == 12
    assert watch(session, PERFORMANCES[Action.BLINK]).failure is LivenessFailure.WRONG_ACTION


def test_a_blink_of_its_own_is_not_the_one_that_was_asked_for() -> None:
    session = watch(start((Action.BLINK, Action.TURN_LEFT)), [*RESTING, *[*OWN_BLINK, *RESTING] * 3])
    assert session.steps == ()
    assert session.action is Action.BLINK
