"""The mesh lies on the face, and pose, eyes and mouth are read off it rightly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.face.iris import IrisModel
from models.face.mesh import MeshModel, eye_distance_px, mouth_openness, pose_of, region_of
from models.face.region import Region
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh

pytestmark = pytest.mark.models


def test_the_mesh_lies_on_the_face() -> None:
    points = portrait_mesh()
    assert points.shape == (468, 3)
    assert points.dtype == np.float32
    expected = {33: (194, 101), 263: (257, 104), 1: (223, 131), 152: (221, 177)}  # seen in the portrait by eye
    for number, place in expected.items():
        assert points[number, :2] == pytest.approx(place, abs=4)


def test_what_is_read_off_a_portrait() -> None:
    points = portrait_mesh()
    pose = pose_of(points)
    assert abs(pose.yaw_deg) < 5
    assert abs(pose.pitch_deg) < 8
    assert abs(pose.roll_deg) < 6
    assert 0.1 < mouth_openness(points) < 0.4
    assert eye_distance_px(points) == pytest.approx(43, abs=2)
    left, right = IrisModel(model_bundle()).run(portrait(), points)
    assert 0.3 < left < 0.45
    assert 0.3 < right < 0.45


def test_turning_the_points_turns_the_pose() -> None:
    points = portrait_mesh().astype(np.float64)
    centre = points.mean(axis=0)
    level = pose_of(portrait_mesh())
    angle = np.radians(20)
    cos, sin = np.cos(angle), np.sin(angle)
    to_the_left = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])  # the nose, near, goes right in the picture
    turned = pose_of(((points - centre) @ to_the_left.T + centre).astype(np.float32))
    assert turned.yaw_deg == pytest.approx(level.yaw_deg + 20, abs=2)
    upwards = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])  # the chin comes nearer
    raised = pose_of(((points - centre) @ upwards.T + centre).astype(np.float32))
    assert raised.pitch_deg == pytest.approx(level.pitch_deg + 20, abs=3)


def test_a_mirrored_face_turns_to_the_other_side() -> None:
    rgb = portrait()
    skewed = np.ascontiguousarray(rgb[:, ::-1])
    model = MeshModel(model_bundle())
    ahead = model.run(rgb, region_of(portrait_mesh()))
    assert ahead is not None
    region = region_of(portrait_mesh())
    mirrored = model.run(skewed, Region(rgb.shape[1] - region.x_px, region.y_px, region.size_px, -region.angle_rad))
    assert mirrored is not None
    assert pose_of(mirrored).roll_deg == pytest.approx(-pose_of(ahead).roll_deg, abs=2)
    assert pose_of(mirrored).yaw_deg == pytest.approx(-pose_of(ahead).yaw_deg, abs=3)


def test_a_turned_picture_gives_the_same_points() -> None:
    rgb = portrait()
    matrix = cv2.getRotationMatrix2D((222, 130), 20, 1.0)
    turned = np.asarray(cv2.warpAffine(rgb, matrix, (512, 512)), np.uint8)
    region = region_of(portrait_mesh())
    x, y = matrix @ (region.x_px, region.y_px, 1)
    there = Region(float(x), float(y), region.size_px, region.angle_rad - float(np.radians(20)))
    points = MeshModel(model_bundle()).run(turned, there)
    assert points is not None
    expected = portrait_mesh()[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert float(np.median(np.linalg.norm(points[:, :2] - expected, axis=1))) < 1.0


def test_no_face_no_mesh() -> None:
    wall = np.full((480, 640, 3), 90, np.uint8)
    assert MeshModel(model_bundle()).run(wall, Region(320, 240, 200)) is None
