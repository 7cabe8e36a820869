"""A portrait that moves when told, seen as the terminal's own networks see it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.portrait import EYE_DISTANCE_PX, place
from firmware_bridge.camera.puppet import HeldPhotograph, Puppet
from firmware_bridge.camera.timeline import COURSES, Timeline, stance
from models.face.observation import Face, Hint
from models.face.pipeline import FacePipeline
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh

pytestmark = pytest.mark.models


def puppet(seed: int = 0) -> Puppet:
    return Puppet(portrait(), portrait_mesh(), seed=seed)


def seen(who: Puppet | HeldPhotograph, t_ms: int) -> Face:
    pipeline = FacePipeline(model_bundle())
    for before_ms in (120, 80, 40, 0):
        observed = pipeline.observe(who.frame(t_ms - before_ms))
    assert observed.face is not None
    return observed.face


def height_ms(action: str) -> int:
    """When an action that began at 1000 ms is at its height."""
    return 1000 + COURSES[action].rise_ms + COURSES[action].hold_ms - 20


def test_at_rest_it_is_placed_as_a_person_at_the_terminal() -> None:
    pipeline, who = FacePipeline(model_bundle()), puppet()
    for now_ms in range(0, 3000, 100):
        observed = pipeline.observe(who.frame(now_ms))
        assert observed.hint is Hint.OK
        assert observed.face is not None
        assert 60 <= observed.face.quality.eye_distance_px <= 80


@pytest.mark.parametrize(("action", "sign"), [("turn_left", 1), ("turn_right", -1)])
def test_it_turns_and_comes_back(action: str, sign: int) -> None:
    who = puppet()
    end_ms = who.perform(action, 1000)
    assert 24 <= sign * seen(who, height_ms(action)).pose.yaw_deg <= 32
    assert abs(seen(who, end_ms + 200).pose.yaw_deg) < 6


@pytest.mark.parametrize(("action", "sign"), [("look_up", 1), ("look_down", -1)])
def test_it_nods_and_comes_back(action: str, sign: int) -> None:
    who = puppet()
    end_ms = who.perform(action, 1000)
    assert 17 <= sign * seen(who, height_ms(action)).pose.pitch_deg <= 30
    assert abs(seen(who, end_ms + 200).pose.pitch_deg) < 6


def test_it_comes_nearer_and_goes_back() -> None:
    who = puppet()
    end_ms = who.perform("come_nearer", 1000)
    far_px, near_px, again_px = (
        seen(who, t_ms).quality.eye_distance_px for t_ms in (800, height_ms("come_nearer"), end_ms + 200)
    )
    assert 1.3 <= near_px / far_px <= 1.5
    assert again_px == pytest.approx(far_px, rel=0.03)


def test_it_keeps_what_it_was_told_to_keep_until_it_is_released() -> None:
    timeline = Timeline()
    timeline.release(500)
    timeline.perform("turn_left", 1000, held=True)
    assert timeline.levels(60_000)["turn_left"] == 1.0
    timeline.release(60_000)
    assert timeline.levels(60_000)["turn_left"] == 1.0
    assert timeline.levels(60_500)["turn_left"] == 0.0
    timeline.perform("look_up", 70_000, held=True)
    timeline.release(70_100)  # before it was reached
    assert max(timeline.levels(t_ms)["look_up"] for t_ms in range(70_000, 71_000, 10)) == pytest.approx(1.0, abs=0.01)
    assert timeline.levels(71_000)["look_up"] == 0.0


@pytest.mark.parametrize(("action", "shut_frames"), [("own_blink", (4, 9)), ("blink", (18, 26))])
def test_it_blinks(action: str, shut_frames: tuple[int, int]) -> None:
    who = puppet()
    who.perform(action, 1000)
    pipeline = FacePipeline(model_bundle())
    openness = []
    for now_ms in range(900, 2050, 33):
        face = pipeline.observe(who.frame(now_ms)).face
        assert face is not None
        openness.append((face.left_eye_open, face.right_eye_open))
    fewest, most = shut_frames
    assert fewest <= sum(max(eyes) < 0.17 for eyes in openness) <= most
    assert min(openness[-1]) > 0.3


def test_it_opens_its_mouth() -> None:
    who = puppet()
    end_ms = who.perform("open_mouth", 1000)
    assert seen(who, height_ms("open_mouth")).mouth_open > 0.53
    assert seen(who, end_ms + 200).mouth_open < 0.35


def test_no_two_frames_are_equal_and_the_same_moment_is() -> None:
    who, same, other = puppet(1), puppet(1), puppet(2)
    frames = [who.frame(now_ms) for now_ms in range(0, 200, 5)]
    assert len({frame.tobytes() for frame in frames}) == len(frames)
    assert all(frame.shape == (480, 640, 3) and frame.dtype == np.uint8 for frame in frames)
    assert (same.frame(35) == frames[7]).all()
    assert (other.frame(35) != frames[7]).any()


def test_the_world_behind_it_stands_still() -> None:
    who = puppet()
    who.perform("turn_left", 0)
    before, turned = (who.frame(t_ms).astype(np.int16) for t_ms in (5000, height_ms("turn_left") - 1000))
    corners = [(slice(0, 40), slice(0, 100)), (slice(440, 480), slice(0, 640)), (slice(0, 480), slice(560, 640))]
    for corner in corners:
        assert np.abs(before[corner] - turned[corner]).max() < 30  # the sensor's noise
    assert np.abs(before - turned).max() > 100


def test_a_photo_shakes_and_does_nothing_else() -> None:
    photo = HeldPhotograph(portrait(), portrait_mesh())
    assert photo.perform("turn_left", 1000) == 1000
    places = []
    for now_ms in (1300, 1700):
        face = seen(photo, now_ms)
        assert abs(face.pose.yaw_deg) < 6
        places.append(face.points[1, :2])
    assert np.linalg.norm(places[0] - places[1]) > 0.5


def test_commands_that_come_early_follow_each_other() -> None:
    timeline = Timeline()
    ends = [timeline.perform(action, 100) for action in ("turn_left", "blink", "open_mouth", "turn_right")]
    assert ends == sorted(set(ends))
    for now_ms in range(0, ends[-1] + 500, 10):
        assert sum(level > 0 for level in timeline.levels(now_ms).values()) <= 1
    assert not any(timeline.levels(ends[-1] + 1).values())
    with pytest.raises(ValueError, match="cannot 'dance': it can turn_left"):
        timeline.perform("dance", 0)


def test_motion_has_no_jerks() -> None:
    timeline = Timeline()
    timeline.perform("turn_left", 500)
    yaws = [stance(timeline.levels(now_ms), now_ms, 0.0).yaw_deg for now_ms in range(0, 3000, 10)]
    assert float(np.abs(np.diff(yaws)).max()) < 1.5


@pytest.mark.parametrize(("width", "height"), [(640, 480), (320, 240), (1280, 720)])
def test_any_size_of_picture(width: int, height: int) -> None:
    placed = place(portrait(), portrait_mesh(), width, height)
    assert placed.picture.shape == (height, width, 3)
    assert placed.eye_distance_px == pytest.approx(EYE_DISTANCE_PX * height / 480, rel=1e-3)
    who = Puppet(portrait(), portrait_mesh(), width, height)
    who.perform("turn_right", 0)
    who.perform("open_mouth", 0)
    for now_ms in (500, 1700):
        assert who.frame(now_ms).shape == (height, width, 3)


@pytest.mark.parametrize(
    ("picture", "points"),
    [
        (np.zeros((100, 100), np.uint8), np.zeros((468, 3))),
        (np.zeros((100, 100, 3), np.uint8), np.zeros((467, 3))),
        (np.zeros((100, 100, 3), np.uint8), np.zeros((468, 3))),
        (np.zeros((100, 100, 3), np.uint8), np.full((468, 3), np.nan)),
    ],
)
def test_refuses_what_is_no_portrait(picture: NDArray[Any], points: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match=r"portrait|mesh"):
        Puppet(picture, points)


def test_it_is_faster_than_a_camera() -> None:
    """In processor time, which other programs do not lengthen."""
    who = puppet()
    for action in ("turn_left", "blink", "open_mouth"):
        who.perform(action, 0)
    took = []
    for now_ms in range(0, 3000, 40):
        begin = time.process_time()
        who.frame(now_ms)
        took.append(time.process_time() - begin)
    assert float(np.median(took)) < 0.040
