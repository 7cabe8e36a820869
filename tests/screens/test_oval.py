"""The camera's picture fills its box undistorted and mirrored; the guide lies in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.screens.oval import guide_mask, mirrored_crop, oval_axes

SIDES = st.integers(40, 2000)
BOXES = st.tuples(st.floats(20, 2000), st.floats(20, 2000))


@given(st.tuples(SIDES, SIDES), BOXES)
def test_the_crop_is_a_mirrored_rectangle_of_the_box_s_proportions(
    source: tuple[int, int], box: tuple[float, float]
) -> None:
    corners = np.array(mirrored_crop(source, *box)).reshape(4, 2)
    (left, bottom), (right, _), (_, top), _ = corners
    assert np.allclose(corners, [(left, bottom), (right, bottom), (right, top), (left, top)])
    assert 0 <= corners.min() <= corners.max() <= 1
    assert left > right, "a mirror swaps left and right"
    assert bottom > top, "row 0 of a frame is at the top"
    assert left + right == pytest.approx(1)
    assert bottom + top == pytest.approx(1)
    shown = (left - right) * source[0] / ((bottom - top) * source[1])
    assert shown == pytest.approx(box[0] / box[1], rel=1e-6)


@given(st.tuples(SIDES, SIDES), BOXES)
def test_as_much_as_possible_is_shown(source: tuple[int, int], box: tuple[float, float]) -> None:
    left, bottom, right, _, _, top, *_ = mirrored_crop(source, *box)
    assert max(left - right, bottom - top) == pytest.approx(1)


@given(BOXES)
def test_the_guide_is_in_its_box_and_upright(box: tuple[float, float]) -> None:
    semi_x, semi_y = oval_axes(*box)
    assert 0 < 2 * semi_x < box[0]
    assert 0 < 2 * semi_y < box[1]
    assert semi_x < semi_y or 2 * semi_x == pytest.approx(0.9 * box[0])


@given(st.integers(100, 300), st.integers(100, 300))
def test_the_mask_is_clear_in_the_guide_dim_around_it_and_solid_in_the_corners(width: int, height: int) -> None:
    mask = guide_mask(width, height)
    assert mask.shape == (height, width)
    assert mask[height // 2, width // 2] == 0
    assert mask[0, 0] == 255
    semi_x, semi_y = oval_axes(width, height)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    radius = np.hypot((x - width / 2) / semi_x, (y - height / 2) / semi_y)
    assert not mask[radius < 1 - 2 / min(semi_x, semi_y)].any()
    assert (mask[radius > 1 + 2 / min(semi_x, semi_y)] > 100).all()
    assert np.array_equal(mask, mask[::-1, ::-1])
