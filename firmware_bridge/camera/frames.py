"""Planar YUV 4:2:0 (I420) pictures: their shape, their planes, their colours. Pure.

OpenCV converts with BT.601 in video range (Y 16 to 235), which libcamera calls Smpte170m and picamera2
chooses for YUV streams below 1280x720: the one colour space of every frame in the product.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LUMA_BLACK = 16
"""Luma of black in video range (ITU-R BT.601)."""


def check_i420(i420: NDArray[np.uint8]) -> None:
    """Raise ValueError, saying what is wrong, unless `i420` is uint8[H*3/2, W], W and H even and above 0."""
    if i420.dtype != np.uint8 or i420.ndim != 2:
        raise ValueError(f"an I420 picture is uint8[H*3/2, W], not {i420.dtype}{list(i420.shape)}")
    rows, width = i420.shape
    if rows == 0 or width == 0 or rows % 3 or width % 2:
        raise ValueError(f"an I420 picture has 3 rows per 2 of luma and an even width, not {rows} x {width}")


def i420_luma(i420: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The Y plane as uint8[H, W]: a view."""
    return i420[: i420.shape[0] * 2 // 3]


def i420_to_rgb(i420: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8[H*3/2, W] to uint8[H, W, 3], red first."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(i420), cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)


def rgb_to_i420(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8[H, W, 3], red first, to uint8[H*3/2, W]; W and H even. Raises ValueError for any other array."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"an RGB picture is uint8[H, W, 3], not {rgb.dtype}{list(rgb.shape)}")
    height, width = rgb.shape[:2]
    if height == 0 or width == 0 or height % 2 or width % 2:
        raise ValueError(f"width and height of an RGB picture must be even, not {width} x {height}")
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)


def crop_stride(padded: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The picture inside a camera's buffer, uint8[rows >= H*3/2, stride] with a stride of at least `width`.

    The camera pads each row to what its hardware aligns to. In a planar 4:2:0 array a row of luma is `stride`
    long and holds `width` pixels, while each array row of the chroma planes holds two chroma rows of half the
    length, each padded: so luma is cropped at the right, chroma in the middle and at the right. Raises
    ValueError for a shape that cannot hold the picture. A view where nothing is padded, otherwise a copy.
    """
    rows = height * 3 // 2
    if padded.ndim != 2 or padded.dtype != np.uint8 or padded.shape[0] != rows or padded.shape[1] < width:
        raise ValueError(f"{padded.dtype}{list(padded.shape)} cannot hold an I420 picture of {width} x {height}")
    stride = padded.shape[1]
    if stride == width:
        return padded
    picture = np.empty((rows, width), np.uint8)
    picture[:height] = padded[:height, :width]
    chroma = padded[height:].reshape(height, stride // 2)  # U rows, then V rows, each half a stride long
    picture[height:].reshape(height, width // 2)[:] = chroma[:, : width // 2]
    return picture
