"""Each fault of placement or picture has its hint, and the first thing wrong is said first."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.observation import Face, Hint, Pose, Quality
from models.face.pipeline import FacePipeline
from models.face.quality import hint_for, sharpness
from tests.bundle import model_bundle
from tests.portrait import portrait

GOOD = Quality(eye_distance_px=70, sharpness=0.1, brightness=140, inside=True)
FACE = Face(
    points=np.zeros((468, 3), np.float32),
    track=1,
    pose=Pose(2, -3, 1),
    left_eye_open=0.35,
    right_eye_open=0.35,
    mouth_open=0.1,
    quality=GOOD,
)


@pytest.mark.parametrize(
    ("faces", "face", "hint"),
    [
        (1, FACE, Hint.OK),
        (0, None, Hint.NO_FACE),
        (2, FACE, Hint.SEVERAL_FACES),
        (1, replace(FACE, quality=replace(GOOD, eye_distance_px=39)), Hint.TOO_FAR),
        (1, replace(FACE, quality=replace(GOOD, eye_distance_px=200)), Hint.TOO_NEAR),
        (1, replace(FACE, quality=replace(GOOD, brightness=12)), Hint.TOO_DARK),
        (1, replace(FACE, quality=replace(GOOD, brightness=240)), Hint.TOO_BRIGHT),
        (1, replace(FACE, pose=Pose(-16, 0, 0)), Hint.LOOK_AT_THE_CAMERA),
        (1, replace(FACE, pose=Pose(0, 16, 0)), Hint.LOOK_AT_THE_CAMERA),
        (1, replace(FACE, pose=Pose(0, 0, 40)), Hint.LOOK_AT_THE_CAMERA),
        (1, replace(FACE, quality=replace(GOOD, inside=False)), Hint.CUT_OFF),
        (1, replace(FACE, quality=replace(GOOD, sharpness=0.001)), Hint.HOLD_STILL),
        (1, replace(FACE, quality=replace(GOOD, eye_detail=0.01)), Hint.EYES_COVERED),
        (1, replace(FACE, quality=replace(GOOD, mouth_detail=0.01)), Hint.MOUTH_COVERED),
    ],
)
def test_each_fault_has_its_hint(faces: int, face: Face | None, hint: Hint) -> None:
    assert hint_for(faces, face, 480) is hint


def test_a_turn_that_was_asked_for_is_not_wrong() -> None:
    assert hint_for(1, replace(FACE, pose=Pose(28, 0, 0)), 480, frontal=False) is Hint.OK
    shut = replace(FACE, quality=replace(GOOD, eye_detail=0.01))
    assert hint_for(1, shut, 480, frontal=False) is Hint.OK


def test_the_first_thing_wrong_is_said_first() -> None:
    face = replace(FACE, pose=Pose(40, 0, 0), quality=Quality(20, 0.0, 5, inside=False))
    assert hint_for(2, face, 480) is Hint.SEVERAL_FACES
    assert hint_for(1, face, 480) is Hint.TOO_FAR


def test_sharpness_does_not_depend_on_light() -> None:
    grey = np.random.default_rng(3).integers(0, 200, (112, 96), np.uint8)
    room = np.empty(grey.shape, np.int16)
    assert sharpness((grey // 2).astype(np.uint8), room) == pytest.approx(sharpness(grey, room), rel=0.05)
    assert sharpness(np.full((112, 96), 77, np.uint8), room) == 0


@pytest.mark.models
@pytest.mark.fault(48)
@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (lambda rgb: rgb, Hint.OK),
        (lambda rgb: cv2.resize(rgb, None, fx=0.6, fy=0.6), Hint.TOO_FAR),
        (lambda rgb: cv2.resize(rgb[85:185, 165:285], None, fx=4, fy=4), Hint.TOO_NEAR),
        (lambda rgb: (rgb * 0.1).astype(np.uint8), Hint.TOO_DARK),
        (lambda rgb: (rgb // 3 + 170).astype(np.uint8), Hint.TOO_BRIGHT),
        (lambda rgb: cv2.GaussianBlur(rgb, (0, 0), 3), Hint.HOLD_STILL),
        (lambda rgb: cv2.filter2D(rgb, -1, np.full((1, 13), 1 / 13)), Hint.HOLD_STILL),
        (lambda rgb: rgb[::-1], Hint.NO_FACE),
        (lambda rgb: np.hstack([rgb[:400, 60:380]] * 2), Hint.SEVERAL_FACES),
    ],
    ids=["good", "far", "near", "dark", "bright", "out of focus", "shaken", "upside down", "two"],
)
def test_spoilt_portraits(spoil: object, hint: Hint) -> None:
    assert callable(spoil)
    rgb = np.ascontiguousarray(np.asarray(spoil(portrait()), np.uint8))
    pipeline = FacePipeline(model_bundle())
    pipeline.observe(rgb)
    assert pipeline.observe(rgb).hint is hint
