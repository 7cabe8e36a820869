"""Each action is seen once, and where nothing was performed none is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from models.liveness.challenge import Action
from models.liveness.gestures import Gestures, Performed
from models.liveness.sighting import Look
from tests.models.liveness.faces import AGAPE, PERFORMANCES, REST, RESTING, SHUT, turned


def performed(looks: Iterable[Look], every_ms: int = 40) -> list[Performed]:
    gestures = Gestures()
    seen: list[Performed] = []
    for number, look in enumerate(looks):
        gestures, now = gestures.step(look, number * every_ms)
        seen += now
    return seen


@pytest.mark.parametrize("action", Action)
def test_sees_each_action_once_from_its_beginning(action: Action) -> None:
    seen = performed([*RESTING, *PERFORMANCES[action], *RESTING])
    assert [one.action for one in seen] == [action]
    assert 8 * 40 <= seen[0].start_ms < seen[0].end_ms < (8 + len(PERFORMANCES[action])) * 40


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param([SHUT], id="one shut frame is a flicker of the network"),
        pytest.param([replace(REST, left_eye_open=0.05)] * 4, id="a wink is not a blink"),
        pytest.param([SHUT] * 60, id="eyes shut for over two seconds are no blink"),
        pytest.param([replace(SHUT, yaw_deg=18)] * 4, id="on a turned face lids are not seen well"),
        pytest.param([turned(30)] * 6, id="a cut to a turned face"),
        pytest.param([turned(12), turned(21)] * 5, id="turned, but not far enough"),
        pytest.param([turned(12), turned(25), turned(25), turned(12)], id="turned, but not for long enough"),
        pytest.param([replace(REST, mouth_open=0.4)] * 10, id="a broad smile"),
        pytest.param([AGAPE, AGAPE], id="mouth open for two frames"),
        pytest.param([replace(AGAPE, yaw_deg=21)] * 6, id="mouth open on a turned face"),
    ],
)
def test_sees_nothing_where_nothing_was_performed(looks: list[Look]) -> None:
    assert performed([*RESTING, *looks, *RESTING]) == []


def test_holding_an_action_is_one_action() -> None:
    held = [*RESTING, turned(12), *[turned(26)] * 30, *RESTING]
    assert [one.action for one in performed(held)] == [Action.TURN_LEFT]


def test_shut_is_relative_to_how_far_these_eyes_open() -> None:
    narrow = replace(REST, left_eye_open=0.2, right_eye_open=0.19)
    half = replace(REST, left_eye_open=0.12, right_eye_open=0.12)
    shut = replace(REST, left_eye_open=0.08, right_eye_open=0.08)
    assert performed([*[narrow] * 8, half, half, half, *[narrow] * 8]) == []
    assert [one.action for one in performed([*[narrow] * 8, shut, shut, *[narrow] * 8])] == [Action.BLINK]


def test_eyes_that_never_open_cannot_blink() -> None:
    slit = replace(REST, left_eye_open=0.1, right_eye_open=0.1)
    assert performed([*[slit] * 8, SHUT, SHUT, *[slit] * 8]) == []


def test_an_interrupted_motion_is_none() -> None:
    gestures = Gestures()
    for number, look in enumerate([*RESTING, turned(12), turned(24), turned(26)]):
        gestures, seen = gestures.step(look, number * 40)
        assert seen == ()
    gestures = gestures.interrupted()
    for number in range(10):
        gestures, seen = gestures.step(turned(26), 1000 + number * 40)
        assert seen == ()
