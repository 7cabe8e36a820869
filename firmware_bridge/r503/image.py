"""The R503's finger image: its size, and its four bits per pixel. Pure.

Manual, chapter III: "only the high four bits of pixel bytes are used, that is, use grey level 16, two pixels are
combined into one byte. The high four bits are a pixel, the low four bits are a pixel in the next adjacent column
of the same row".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDTH = 192
HEIGHT = 192
DPI = 508
"""Manual, chapter I: "sensing array 192 * 192 pixel", "image resolution 508 dpi"."""

PIXELS_PER_BYTE = 2
PACKED_BYTES = WIDTH * HEIGHT // PIXELS_PER_BYTE

_LEVEL_STEP = 17
"""0xF * 17 = 255: sixteen levels spread evenly over all of uint8, so that black and white stay black and white."""


def pack(pixels: NDArray[np.uint8]) -> bytes:
    """uint8[192, 192] to the 18,432 bytes that UpImage sends. Raises ValueError for another array."""
    if pixels.dtype != np.uint8 or pixels.shape != (HEIGHT, WIDTH):
        raise ValueError(f"an R503 image is uint8[{HEIGHT}, {WIDTH}], not {pixels.dtype}{list(pixels.shape)}")
    levels = pixels >> 4
    return ((levels[:, 0::2] << 4) | levels[:, 1::2]).tobytes()


def unpack(packed: bytes) -> NDArray[np.uint8]:
    """18,432 bytes of UpImage to uint8[192, 192], level n becoming n * 17. Raises ValueError for another length."""
    if len(packed) != PACKED_BYTES:
        raise ValueError(f"an R503 image is {PACKED_BYTES} bytes, not {len(packed)}")
    pairs = np.frombuffer(packed, np.uint8).reshape(HEIGHT, WIDTH // PIXELS_PER_BYTE)
    pixels = np.empty((HEIGHT, WIDTH), np.uint8)
    pixels[:, 0::2] = pairs >> 4
    pixels[:, 1::2] = pairs & 0x0F
    pixels *= _LEVEL_STEP
    return pixels
