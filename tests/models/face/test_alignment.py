"""A face is brought upright to the places that the embedding network knows, and nothing but a mesh is taken for one."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.comparison.face import face_distance
from models.errors import ImageError
from models.face.alignment import _NUMBERS, _TARGETS, CHIP_SIDE_PX, FaceAligner, _similarity
from models.face.embedding import FaceEmbedder
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh
from tests.thresholds import FACE_DISTANCE_MAX

PLACES = np.stack([_TARGETS.real, _TARGETS.imag], axis=1)


def mesh_with(places: NDArray[np.float64]) -> NDArray[np.float32]:
    """A mesh whose thirteen points of the alignment are at `places`."""
    points = np.zeros((468, 3), np.float32)
    points[_NUMBERS, :2] = places
    return points


@settings(deadline=None, max_examples=50)
@given(
    scale=st.floats(0.2, 8),
    angle=st.floats(-math.pi, math.pi),
    x=st.floats(-500, 1500),
    y=st.floats(-500, 1500),
)
def test_the_similarity_that_moved_a_face_is_found(scale: float, angle: float, x: float, y: float) -> None:
    """A chip's own points, scaled, turned and moved, are brought back."""
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    scale_turn, shift = _similarity(mesh_with(PLACES @ turn.T + (x, y)))
    back = scale_turn * ((PLACES @ turn.T + (x, y)) @ (1, 1j)) + shift
    assert np.abs(back - _TARGETS).max() < 1e-2
    assert abs(scale_turn) == pytest.approx(1 / scale, rel=1e-3)


def test_a_chip_is_its_own_alignment() -> None:
    chip = np.random.default_rng(1).integers(0, 256, (CHIP_SIDE_PX, CHIP_SIDE_PX, 3), np.uint8)
    assert np.abs(FaceAligner().run(chip, mesh_with(PLACES)).astype(int) - chip).max() <= 1


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_near_face_is_averaged_not_sampled(factor: int) -> None:
    """Single white pixels are everywhere on the chip as grey, as a lens that is further away would see them."""
    fine = np.zeros((CHIP_SIDE_PX * factor, CHIP_SIDE_PX * factor, 3), np.uint8)
    fine[::factor, ::factor] = 255
    places = PLACES * factor + (factor - 1) / 2
    inner = FaceAligner().run(fine, mesh_with(places))[2:-2, 2:-2]
    assert np.abs(inner.astype(float) - 255 / factor**2).max() <= 16.0  # sampled, they would be 0 or 255


def test_outside_the_frame_its_border_goes_on() -> None:
    grey = np.full((200, 200, 3), 90, np.uint8)
    assert (FaceAligner().run(grey, mesh_with(PLACES + 120)) == 90).all()


@pytest.mark.models
def test_a_turned_and_enlarged_portrait_is_the_same_person() -> None:
    """Twice resampled, hence not quite the same template."""
    rgb, points, embedder = portrait(), portrait_mesh(), FaceEmbedder(model_bundle())
    matrix = cv2.getRotationMatrix2D((222, 130), 25, 2.5)
    turned = np.asarray(cv2.warpAffine(rgb, matrix, (512, 512)), np.uint8)
    moved = points.copy()
    moved[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    straight, crooked = (embedder.run(FaceAligner().run(*one)) for one in ((rgb, points), (turned, moved)))
    assert face_distance(straight, crooked) < FACE_DISTANCE_MAX / 3


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((468, 3), np.float32),
        np.full((468, 3), 77, np.float32),
        np.full((468, 3), np.nan, np.float32),
        np.full((468, 3), np.inf, np.float32),
        np.zeros((68, 2), np.float32),
        np.zeros(468, np.float32),
    ],
    ids=["zero", "one place", "nan", "infinite", "68 points", "flat"],
)
def test_refuses_what_is_no_mesh(points: NDArray[np.float32]) -> None:
    with pytest.raises(ImageError, match="mesh"):
        FaceAligner().run(np.zeros((200, 200, 3), np.uint8), points)


@pytest.mark.fault(41)
@settings(deadline=None, max_examples=100)
@given(
    across=st.floats(width=32),
    down=st.floats(width=32),
    x=st.floats(width=32),
    y=st.floats(width=32),
    noise=st.sampled_from([0.0, 1.0, 1e3, 1e6]),
)
def test_any_points_are_refused_or_make_a_whole_chip(
    across: float, down: float, x: float, y: float, noise: float
) -> None:
    """Stretched, mirrored, moved and shaken to any degree; NaN and infinite, too."""
    with np.errstate(all="ignore"):
        places = PLACES * (across, down) + (x, y) + np.random.default_rng(1).normal(0, noise, PLACES.shape)
        points = mesh_with(places)
    try:
        chip = FaceAligner().run(np.full((48, 64, 3), 90, np.uint8), points)
    except ImageError:
        return
    assert np.isfinite(points).all()
    assert (chip == 90).all()


def test_refuses_what_is_no_picture() -> None:
    with pytest.raises(ImageError):
        FaceAligner().run(np.zeros((200, 200), np.uint8), mesh_with(PLACES))
