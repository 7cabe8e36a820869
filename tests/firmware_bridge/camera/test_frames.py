"""Colours and planes of I420 pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.camera.frames import crop_stride, i420_luma, i420_to_rgb, rgb_to_i420
from firmware_bridge.contract import Frame

even = st.integers(1, 40).map(lambda half: 2 * half)


def _scene(height: int = 480, width: int = 640) -> NDArray[np.uint8]:
    """Smooth in all three colours, so that sharing colour between four pixels loses little."""
    y, x = np.mgrid[0:height, 0:width]
    planes = (x / width, y / height, (x + y) / (width + height))
    return np.asarray(np.stack([30 + 190 * plane for plane in planes], axis=-1), dtype=np.uint8)


def test_rgb_survives_i420() -> None:
    rgb = _scene()
    there_and_back = i420_to_rgb(rgb_to_i420(rgb)).astype(int)
    assert np.abs(there_and_back - rgb).max() <= 4
    assert np.abs(there_and_back - rgb).mean() < 1.2


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [((0, 0, 0), (16, 128, 128)), ((255, 255, 255), (235, 128, 128)), ((255, 0, 0), (82, 90, 240))],
)
def test_the_colours_are_bt601_in_video_range(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    """The values of ITU-R BT.601 for black, white and red."""
    i420 = rgb_to_i420(np.full((4, 4, 3), rgb, np.uint8))
    assert np.abs(np.array([i420[0, 0], i420[4, 0], i420[5, 0]], int) - yuv).max() <= 1


@settings(deadline=None, max_examples=60)
@given(width=even, height=st.integers(1, 20).map(lambda n: 2 * n), extra=even, seed=st.integers(0, 9))
def test_cropping_undoes_padding(width: int, height: int, extra: int, seed: int) -> None:
    """Against the definition: each row of each plane stands alone, the chroma rows at half the stride."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 256, (height, width), dtype=np.uint8)
    u, v = rng.integers(0, 256, (2, height // 2, width // 2), dtype=np.uint8)
    stride = width + extra
    buffer = bytearray()
    for plane, length in ((y, stride), (u, stride // 2), (v, stride // 2)):
        for row in plane:
            buffer += row.tobytes() + rng.bytes(length - row.size)
    padded = np.frombuffer(bytes(buffer), np.uint8).reshape(height * 3 // 2, stride)
    expected = np.concatenate([plane.ravel() for plane in (y, u, v)])
    assert np.array_equal(crop_stride(padded, width, height).ravel(), expected)


def test_cropping_a_buffer_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        crop_stride(np.zeros((720, 320), np.uint8), 640, 480)


def test_a_frame_knows_its_size_and_shares_its_luma() -> None:
    frame = Frame(0, 0, rgb_to_i420(_scene()))
    assert (frame.width, frame.height) == (640, 480)
    assert frame.rgb.shape == (480, 640, 3)
    assert np.shares_memory(frame.luma, frame.i420)
    assert np.array_equal(frame.luma, i420_luma(frame.i420))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((720, 640), np.float32),
        np.zeros((719, 640), np.uint8),
        np.zeros((720, 641), np.uint8),
        np.zeros(9, np.uint8),
    ],
)
def test_what_is_no_i420_picture_makes_no_frame(array: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="I420"):
        Frame(0, 0, array)


@pytest.mark.parametrize("array", [np.zeros((4, 4), np.uint8), np.zeros((3, 4, 3), np.uint8), np.zeros((4, 4, 3))])
def test_what_is_no_rgb_picture_is_refused(array: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="RGB"):
        rgb_to_i420(array)
