"""The published anchors and merging, and a face found wherever it is in the frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.face.detector import FaceDetector, anchor_centres, merge, overlap
from tests.bundle import model_bundle
from tests.portrait import portrait


def test_anchors_are_the_published_ones() -> None:
    anchors = anchor_centres()
    assert anchors.shape == (896, 2)
    assert anchors[:3].tolist() == [[0.5 / 16, 0.5 / 16]] * 2 + [[1.5 / 16, 0.5 / 16]]
    assert anchors[512:519].tolist() == [[0.5 / 8, 0.5 / 8]] * 6 + [[1.5 / 8, 0.5 / 8]]
    assert anchors[-1].tolist() == [7.5 / 8, 7.5 / 8]


def test_overlap_is_intersection_over_union() -> None:
    box = np.array([5, 5, 10, 10], np.float32)
    others = np.array([[5, 5, 10, 10], [10, 5, 10, 10], [50, 50, 4, 4], [5, 5, 0, 0]], np.float32)
    assert overlap(box, others) == pytest.approx([1, 1 / 3, 0, 0])


def test_boxes_of_one_face_become_their_weighted_mean() -> None:
    boxes = np.zeros((3, 16), np.float32)
    boxes[:, :4] = [[100, 100, 50, 50], [104, 100, 50, 50], [300, 100, 50, 50]]
    merged = merge(boxes, np.array([0.6, 0.9, 0.7], np.float32))
    assert [score for _, score in merged] == pytest.approx([0.9, 0.7])
    assert merged[0][0][0] == pytest.approx((100 * 0.6 + 104 * 0.9) / 1.5)
    assert merge(np.empty((0, 16), np.float32), np.empty(0, np.float32)) == []


@pytest.mark.models
@pytest.mark.parametrize("shape", [(512, 512), (480, 640), (640, 480)])
def test_finds_a_face_wherever_it_is(shape: tuple[int, int]) -> None:
    height, width = shape
    detector = FaceDetector(model_bundle())
    face = cv2.resize(portrait()[60:220, 140:320], None, fx=1, fy=1)
    for left, top in ((0, 0), (width - 180, 0), (0, height - 160), (width - 180, height - 160)):
        rgb = np.full((height, width, 3), 128, np.uint8)
        rgb[top : top + 160, left : left + 180] = face
        found = detector.run(rgb)
        assert len(found) == 1
        x, y = found[0].x_px - left, found[0].y_px - top
        assert abs(x - 85) < 8
        assert abs(y - 70) < 10
        assert found[0].keypoints[0, 0] < found[0].keypoints[1, 0]


@pytest.mark.models
@pytest.mark.fault(44)
@pytest.mark.parametrize("level", [0, 255, 128])
def test_finds_nothing_in_an_empty_picture(level: int) -> None:
    assert FaceDetector(model_bundle()).run(np.full((480, 640, 3), level, np.uint8)) == []
