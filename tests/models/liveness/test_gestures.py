"""Each action is seen once, and where nothing was performed none is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from models.liveness.challenge import Action
from models.liveness.gestures import Gestures, Performed, Reached
from models.liveness.sighting import Look
from tests.models.liveness.faces import (
    AGAPE,
    OWN_BLINK,
    PERFORMANCES,
    REST,
    RESTING,
    SHUT,
    nearer,
    nodded,
    performance,
    turned,
)


def performed(looks: Iterable[Look], every_ms: int = 40, rest: Look | None = REST) -> list[Performed]:
    """What is performed whole; `rest`: how the face was when it last came to rest."""
    gestures = Gestures(rest=rest)
    done: list[Performed] = []
    for number, look in enumerate(looks):
        gestures, seen = gestures.step(look, number * every_ms)
        done += [one for one in seen if isinstance(one, Performed)]
    return done


@pytest.mark.parametrize("action", Action)
def test_sees_each_action_once_from_its_beginning(action: Action) -> None:
    seen = performed([*RESTING, *PERFORMANCES[action], *RESTING])
    assert [one.action for one in seen] == [action]
    assert 8 * 40 <= seen[0].start_ms <= seen[0].reached_ms < seen[0].end_ms < (8 + len(PERFORMANCES[action])) * 40
    assert 1 < seen[0].score < 2


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.BLINK])
@pytest.mark.parametrize("frames", [3, 10, 50])
def test_tells_how_long_an_action_was_held(action: Action, frames: int) -> None:
    (seen,) = performed([*RESTING, *performance(action, frames), *RESTING])
    assert abs(seen.end_ms - seen.reached_ms - frames * 40) <= 2 * 40


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param([SHUT], id="one shut frame is a flicker of the network"),
        pytest.param([replace(REST, left_eye_open=0.05)] * 4, id="a wink is not a blink"),
        pytest.param(OWN_BLINK * 5, id="blinks that nobody made on purpose"),
        pytest.param([SHUT] * 80, id="eyes shut for over three seconds are no blink"),
        pytest.param([replace(SHUT, yaw_deg=18)] * 15, id="on a turned face lids are not seen well"),
        pytest.param([replace(SHUT, pitch_deg=-14)] * 15, id="eyes that look down seem shut"),
        pytest.param([turned(30)] * 6, id="a cut to a turned face"),
        pytest.param([turned(12), turned(21)] * 5, id="turned, but not far enough"),
        pytest.param([turned(12), turned(25), turned(25), turned(12)], id="turned, but not for long enough"),
        pytest.param([replace(REST, mouth_open=0.4)] * 10, id="a broad smile"),
        pytest.param([AGAPE, AGAPE], id="mouth open for two frames"),
        pytest.param([replace(AGAPE, yaw_deg=21)] * 6, id="mouth open on a turned face"),
        pytest.param([nodded(17)] * 6, id="a cut to a face that looks up"),
        pytest.param([nodded(9), nodded(14)] * 6, id="looks up, but not far enough"),
        pytest.param([replace(nodded(up), yaw_deg=20) for up in (9, 12, 17, 17, 17, 17)], id="looks up aside"),
        pytest.param([nearer(1.4)] * 6, id="a cut to a nearer face"),
        pytest.param([nearer(1.15), nearer(1.26)] * 6, id="nearer, but not far enough"),
    ],
)
def test_sees_nothing_where_nothing_was_performed(looks: list[Look]) -> None:
    assert performed([*RESTING, *looks, *RESTING]) == []


def test_counts_the_blinks_that_nobody_made_on_purpose() -> None:
    gestures = Gestures()
    for number, look in enumerate([*RESTING, *OWN_BLINK, *RESTING, *OWN_BLINK, *RESTING]):
        gestures, seen = gestures.step(look, number * 40)
        assert seen == ()
    assert gestures.blink.own == 2


def test_up_down_and_nearer_are_measured_from_how_the_face_was_at_rest() -> None:
    low = replace(REST, pitch_deg=-10, scale=60)
    looks = [low] * 8 + [replace(low, pitch_deg=up) for up in (-6, 0, 3, 6, 7, 7, 0, -8)] + [low] * 8
    assert [one.action for one in performed(looks, rest=low)] == [Action.LOOK_UP]
    assert performed(looks, rest=None) == []


def test_a_motion_is_told_when_it_counts_and_when_it_is_over() -> None:
    gestures = Gestures()
    told = []
    for number, look in enumerate([*RESTING, *PERFORMANCES[Action.TURN_LEFT], *RESTING]):
        gestures, seen = gestures.step(look, number * 40)
        told += [type(one) for one in seen]
    assert told == [Reached, Performed]


def test_holding_an_action_is_one_action() -> None:
    held = [*RESTING, turned(12), *[turned(26)] * 30, *RESTING]
    assert [one.action for one in performed(held)] == [Action.TURN_LEFT]


def test_shut_is_relative_to_how_far_these_eyes_open() -> None:
    narrow = replace(REST, left_eye_open=0.2, right_eye_open=0.19)
    half = replace(REST, left_eye_open=0.12, right_eye_open=0.12)
    shut = replace(REST, left_eye_open=0.08, right_eye_open=0.08)
    assert performed([*[narrow] * 8, half, half, half, *[narrow] * 8]) == []
    assert [one.action for one in performed([*[narrow] * 8, *[shut] * 15, *[narrow] * 8])] == [Action.BLINK]


def test_eyes_that_never_open_cannot_blink() -> None:
    slit = replace(REST, left_eye_open=0.1, right_eye_open=0.1)
    assert performed([*[slit] * 8, *[SHUT] * 15, *[slit] * 8]) == []


def test_an_interrupted_motion_is_none() -> None:
    gestures = Gestures()
    for number, look in enumerate([*RESTING, turned(12), turned(24), turned(26)]):
        gestures, seen = gestures.step(look, number * 40)
        assert seen == ()
    gestures = gestures.interrupted()
    for number in range(10):
        gestures, seen = gestures.step(turned(26), 1000 + number * 40)
        assert seen == ()
