"""A sheet before the camera: where it is seen, that it is a plane or a barrel, and that it does as it is handled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.camera.attacks.photo import WALL, HeldSheet, Pose, Sheet, bent, hand_held, still, turned_to_and_fro
from firmware_bridge.camera.portrait import EYE_DISTANCE_PX, FACE_LEVEL
from tests.models.liveness.cues.pictures import HEIGHT, WIDTH, mesh, skin

CAMERA = (640, 480)
ANGLE = st.floats(-50, 50)


def sheet() -> Sheet:
    return Sheet(skin(), mesh())


def corners_of(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where four camera pixels around the middle look."""
    return np.array([places[y, x] for y, x in ((190, 300), (190, 340), (215, 300), (215, 340))], np.float32)


def test_straight_the_face_is_as_large_and_where_a_person_s_would_be() -> None:
    flat = sheet()
    eyes = np.array([flat.points[list(eye), :2].mean(axis=0) for eye in ((33, 133), (362, 263))], np.float32)
    right, left = flat.at_rest(eyes)
    assert float(np.linalg.norm(left - right)) == pytest.approx(EYE_DISTANCE_PX, rel=1e-4)
    places = flat.places(Pose())
    middle = (flat.points[:, :2].min(axis=0) + flat.points[:, :2].max(axis=0)) / 2
    assert places[round(CAMERA[1] * FACE_LEVEL), CAMERA[0] // 2] == pytest.approx(middle, abs=1.0)
    seen_at = np.rint(right).astype(int)
    assert places[seen_at[1], seen_at[0]] == pytest.approx(eyes[0], abs=1.0)


@given(yaw=ANGLE, pitch=ANGLE, roll=st.floats(-30, 30), x=st.floats(-1, 1), nearer=st.floats(-1, 2))
@settings(max_examples=20, deadline=None)
def test_a_flat_sheet_is_seen_through_one_homography(
    yaw: float, pitch: float, roll: float, x: float, nearer: float
) -> None:
    pose = Pose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, x=x, nearer=nearer)
    places = sheet().places(pose)
    at = np.array(((300, 190), (340, 190), (300, 215), (340, 215)), np.float32)
    plane = cv2.getPerspectiveTransform(at, corners_of(places))
    others = np.array([[(310, 200)], [(325, 195)], [(280, 180)], [(350, 230)]], np.float32)
    expected = cv2.perspectiveTransform(others, plane)[:, 0]
    seen = np.array([places[int(y), int(x)] for x, y in others[:, 0]])
    assert np.abs(expected - seen).max() < 0.5


def test_a_bent_sheet_is_not() -> None:
    places = sheet().places(Pose(bend=0.5, yaw_deg=10))
    at = np.array(((300, 190), (340, 190), (300, 215), (340, 215)), np.float32)
    plane = cv2.getPerspectiveTransform(at, corners_of(places))
    expected = cv2.perspectiveTransform(np.array([[(400, 200)]], np.float32), plane)[0, 0]
    assert np.abs(expected - places[200, 400]).max() > 2
    flat = sheet().places(Pose(bend=0.0, yaw_deg=10))
    barely = sheet().places(Pose(bend=0.002, yaw_deg=10))
    inside = np.all(np.abs(flat) < 2000, axis=-1)
    assert np.abs(flat - barely)[inside].max() < 3


def test_turned_to_its_own_left_its_near_edge_grows_on_the_camera_s_left() -> None:
    """As a head does: what turns to the subject's left goes to the right of the picture, and away from the camera."""
    places = sheet().places(Pose(yaw_deg=40))
    row = places[200, :, 0]
    middle = int(np.argmin(np.abs(row - WIDTH / 2)))
    left_px, right_px = row[middle] - row[middle - 40], row[middle + 40] - row[middle]
    assert left_px < right_px


def test_beyond_the_sheet_is_the_wall_and_the_edge_on_sheet_is_gone() -> None:
    seen = sheet().seen(Pose(yaw_deg=20))
    assert tuple(seen[5, 5]) == WALL
    assert seen.shape == (480, 640, 3)
    assert (sheet().seen(Pose(yaw_deg=90)) == WALL).all(axis=-1).mean() > 0.95


def test_how_sheets_are_handled() -> None:
    assert still(0) == still(9999) == Pose()
    held = [hand_held(1.0)(t_ms) for t_ms in range(0, 5000, 100)]
    assert 1 < max(pose.yaw_deg for pose in held) < 3
    assert max(pose.yaw_deg for pose in map(turned_to_and_fro(55), range(0, 4000, 50))) > 54
    bends = [bent(0.4)(t_ms).bend for t_ms in range(0, 3000, 50)]
    assert min(bends) >= 0
    assert max(bends) == pytest.approx(0.4, abs=0.01)


def test_a_held_sheet_never_shows_the_same_picture_twice_and_does_nothing_it_is_told() -> None:
    held = HeldSheet(sheet(), still, seed=4)
    assert held.perform("blink", 700) == 700
    first, again, other = held.frame(0), held.frame(0), held.frame(50)
    assert (first == again).all()
    assert (first != other).any()
    assert np.abs(first.astype(int) - other).mean() < 5


def test_a_large_picture_is_kept_no_larger_than_the_camera_resolves() -> None:
    big = cv2.resize(skin(), (WIDTH * 4, HEIGHT * 4), interpolation=cv2.INTER_CUBIC)
    kept = Sheet(np.asarray(big, np.uint8), mesh() * 4)
    assert kept.picture.shape[1] == pytest.approx(WIDTH, abs=4)
    assert kept.points[263, 0] == pytest.approx(mesh()[263, 0], abs=4)
