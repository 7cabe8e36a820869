"""A reader's finger image: four bits per pixel, on its way and as an array. Pure.

R503's manual, chapter III: "only the high four bits of pixel bytes are used, that is, use grey level 16, two pixels are
combined into one byte. The high four bits are a pixel, the low four bits are a pixel in the next adjacent column
of the same row". The R307's manual says the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PIXELS_PER_BYTE = 2

_LEVEL_STEP = 17
"""0xF * 17 = 255: sixteen levels spread evenly over all of uint8, so that black and white stay black and white."""


def pack(pixels: NDArray[np.uint8]) -> bytes:
    """uint8[H, W], W even, to the bytes that UpImage sends. Raises ValueError for another array."""
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.shape[1] % PIXELS_PER_BYTE:
        raise ValueError(f"a reader's image is uint8[H, W] with W even, not {pixels.dtype}{list(pixels.shape)}")
    levels = pixels >> 4
    return ((levels[:, 0::2] << 4) | levels[:, 1::2]).tobytes()


def unpack(packed: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """UpImage's bytes to uint8[height, width], level n becoming n * 17. Raises ValueError for another length."""
    due = width * height // PIXELS_PER_BYTE
    if len(packed) != due:
        raise ValueError(f"an image of {width}x{height} is {due} bytes, not {len(packed)}")
    pairs = np.frombuffer(packed, np.uint8).reshape(height, width // PIXELS_PER_BYTE)
    pixels = np.empty((height, width), np.uint8)
    pixels[:, 0::2] = pairs >> 4
    pixels[:, 1::2] = pairs & 0x0F
    pixels *= _LEVEL_STEP
    return pixels
