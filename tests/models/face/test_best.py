"""Of every rest the best frame is kept, and all that are kept are one face's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.errors import CaptureError
from models.face.best import SAME_FACE_DISTANCE_MAX, Portraits
from models.face.observation import Face, Pose, Quality
from models.face.quality import ANGLE_MAX_DEG, merit
from tests.portrait import portrait, portrait_mesh

QUALITY = Quality(eye_distance_px=70, sharpness=0.03, brightness=128, inside=True)
FACE = Face(
    points=portrait_mesh().astype(np.float32),
    track=1,
    pose=Pose(0, 0, 0),
    left_eye_open=0.35,
    right_eye_open=0.35,
    mouth_open=0.1,
    quality=QUALITY,
)


class Brush:
    """An embedder that stands for faces: each embedding is the next of a list."""

    def __init__(self, *values: float) -> None:
        self.embeddings = [np.full(128, value / np.sqrt(128), np.float32) for value in values]
        self.asked = 0

    def run(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert chip.shape == (150, 150, 3)
        self.asked += 1
        return self.embeddings[self.asked - 1]


def turned(yaw_deg: float) -> Face:
    return replace(FACE, pose=Pose(yaw_deg, 0, 0))


def test_the_better_frame_of_a_rest_takes_the_place_of_the_worse() -> None:
    brush = Brush(0.0, 0.1, 0.2)
    portraits = Portraits(brush)
    for face in (turned(9), turned(5), turned(8)):
        portraits.consider(portrait(), face)
    assert portraits.keep()
    for face in (turned(6), turned(1), turned(3)):
        portraits.consider(portrait(), face)
    assert portraits.keep()
    assert (len(portraits), brush.asked) == (1, 2)
    assert portraits.mean(3)[0] == pytest.approx(0.1 / np.sqrt(128))
    portraits.consider(portrait(), turned(7))
    assert portraits.keep()  # no better one: nothing is embedded again
    assert brush.asked == 2
    portraits.drop()
    portraits.consider(portrait(), turned(7))
    portraits.keep()
    assert (len(portraits), brush.asked) == (2, 3)


def test_the_template_is_the_mean_of_the_best() -> None:
    portraits = Portraits(Brush(0.0, 0.1, 0.2, 0.3))
    for yaw_deg in (9, 1, 2, 3):
        portraits.drop()
        portraits.consider(portrait(), turned(yaw_deg))
        assert portraits.keep()
    assert portraits.mean(3) == pytest.approx(np.full(128, 0.2 / np.sqrt(128)), abs=1e-6)
    assert portraits.spread == pytest.approx(0.3, abs=1e-6)


@pytest.mark.fault(45)
def test_another_face_is_noticed_against_every_one_before() -> None:
    portraits = Portraits(Brush(0.0, 0.3, SAME_FACE_DISTANCE_MAX + 0.01))
    for same in (True, True, False):
        portraits.drop()
        portraits.consider(portrait(), FACE)
        assert portraits.keep() is same


@pytest.mark.fault(41)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_nobodys_face(value: float) -> None:
    portraits = Portraits(Brush(value))
    portraits.consider(portrait(), FACE)
    assert not portraits.keep()


def test_refuses_to_keep_and_to_average_nothing() -> None:
    portraits = Portraits(Brush())
    with pytest.raises(CaptureError, match="no frame of this rest"):
        portraits.keep()
    with pytest.raises(CaptureError, match="no frame was kept"):
        portraits.mean(3)


@given(
    yaw_deg=st.floats(-ANGLE_MAX_DEG, ANGLE_MAX_DEG),
    eye_distance_px=st.floats(40, 168),
    sharpness=st.floats(0.005, 0.5),
    brightness=st.floats(30, 225),
)
def test_no_frame_is_better_than_a_good_one_and_none_is_worth_less_than_nothing(
    yaw_deg: float, eye_distance_px: float, sharpness: float, brightness: float
) -> None:
    quality = Quality(eye_distance_px, sharpness, brightness, inside=True)
    worth = merit(replace(FACE, pose=Pose(yaw_deg, 0, 0), quality=quality))
    assert 0 <= worth <= merit(replace(FACE, quality=replace(QUALITY, eye_distance_px=120, brightness=127.5))) == 1
    assert merit(replace(FACE, pose=Pose(yaw_deg / 2, 0, 0), quality=quality)) >= worth
