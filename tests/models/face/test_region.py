"""Regions map corner to corner, and what lies outside a frame is as documented."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.errors import ImageError
from models.face.region import IMAGE_SIDE_MAX_PX, Region, cut, require_rgb


@settings(deadline=None, max_examples=50)
@given(
    x=st.floats(-500, 1500),
    y=st.floats(-500, 1500),
    size=st.floats(1, 2000),
    angle=st.floats(-math.pi, math.pi),
)
def test_corners_map_to_corners(x: float, y: float, size: float, angle: float) -> None:
    matrix = Region(x, y, size, angle).to_frame(192)
    corners = np.array([[0, 0, 1], [192, 0, 1], [192, 192, 1], [0, 192, 1], [96, 96, 1]], np.float64) @ matrix.T
    assert corners[4] == pytest.approx((x, y), abs=1e-6)
    sides = np.linalg.norm(np.diff(corners[[0, 1, 2, 3, 0]], axis=0), axis=1)
    assert sides == pytest.approx(np.full(4, size), rel=1e-9)
    across = corners[1] - corners[0]
    assert math.atan2(across[1], across[0]) == pytest.approx(angle, abs=1e-6)


def test_no_half_pixel_correction() -> None:
    """Twice the size: cut pixel 2n is frame pixel n itself, as in MediaPipe."""
    rgb = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    out = np.empty((128, 128, 3), np.uint8)
    cut(rgb, Region(32, 32, 64).to_frame(128), 128, out, replicate=True)
    assert (out[0:120:2, 0:120:2] == rgb[:60, :60]).all()


@pytest.mark.parametrize("replicate", [True, False])
def test_outside_the_frame(replicate: bool) -> None:
    rgb = np.full((64, 64, 3), 200, np.uint8)
    out = np.empty((32, 32, 3), np.uint8)
    cut(rgb, Region(-200, -200, 64).to_frame(32), 32, out, replicate=replicate)
    assert (out == (200 if replicate else 0)).all()


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((20, 20, 3), np.uint8),
        np.zeros((480, 640), np.uint8),
        np.zeros((480, 640, 4), np.uint8),
        np.zeros((480, 640, 3), np.uint16),
        np.zeros((480, 640, 3), np.float32),
        np.zeros((IMAGE_SIDE_MAX_PX + 1, 40, 3), np.uint8),
    ],
    ids=lambda picture: f"{picture.dtype}{list(picture.shape)}",
)
def test_refuses_what_is_no_picture(picture: NDArray[Any]) -> None:
    with pytest.raises(ImageError, match="expected"):
        require_rgb(picture)


@given(
    shape=st.lists(st.sampled_from([0, 1, 3, 4, 31, 32, 33, 64]), max_size=4).map(tuple),
    kind=st.sampled_from(["u1", "i1", "<u2", ">u2", "<f4", ">f8", "?", "O", "S3", "c8"]),
)
def test_a_picture_is_three_bytes_a_pixel_and_nothing_else(shape: tuple[int, ...], kind: str) -> None:
    is_one = kind == "u1" and len(shape) == 3 and shape[2] == 3 and min(shape[:2]) >= 32
    try:
        require_rgb(np.zeros(shape, kind))
    except ImageError:
        assert not is_one
    else:
        assert is_one
