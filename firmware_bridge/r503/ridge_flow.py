"""What the emulated reader compares instead of minutiae: which way the ridges run in each part of an image. Pure.

A stand-in, and no more: a reader's own templates are its maker's secret. Impressions of one finger score above 0.9, but
so do two fingers whose ridges flow alike (two whorls, say), which a real reader tells apart. The product never
stores or compares a template in a reader; this is for drivers that do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELLS = 16
"""Along each side of an image: a cell is about one ridge period and a half, 12 pixels of an R503."""

FLOW_BYTES = CELLS * CELLS * 2
"""Per cell cosine and sine of twice the direction, as signed bytes; their length says how sure it is."""

_SHIFT_CELLS = 4
"""How far apart two impressions may lie: a quarter of the image."""

_LEVELS = 127.0

_Field = NDArray[np.complex128]


def flow_of(pixels: NDArray[np.uint8]) -> bytes:
    """FLOW_BYTES of an image uint8[H, W], both at least CELLS."""
    down, right = np.gradient(pixels.astype(np.float64))
    squared = _in_cells((right + 1j * down) ** 2)
    energy = _in_cells(right**2 + down**2).real
    field = squared / np.maximum(energy, np.finfo(np.float64).tiny)
    levels: NDArray[np.int8] = np.round(np.stack([field.real, field.imag]) * _LEVELS).astype(np.int8)
    return levels.tobytes()


def likeness(one: bytes, other: bytes) -> float:
    """How alike two flows are where one is shifted best over the other: 1.0 the same, 0.0 or less nothing alike."""
    first, second = _field(one), _field(other)
    shared = _correlated(first, second).real
    ones = np.ones((CELLS, CELLS), np.complex128)
    first_energy = _correlated(np.abs(first) ** 2 + 0j, ones).real
    second_energy = _correlated(ones, np.abs(second) ** 2 + 0j).real
    bound = np.sqrt(np.maximum(first_energy * second_energy, 1.0))  # 1.0: less than one step of one cell is nothing
    return float(np.max(shared / bound))


def _in_cells(values: NDArray[np.float64] | _Field) -> _Field:
    height, width = (side - side % CELLS for side in values.shape)
    cells = values[:height, :width].reshape(CELLS, height // CELLS, CELLS, width // CELLS)
    return np.asarray(cells.mean(axis=(1, 3)), np.complex128)


def _field(flow: bytes) -> _Field:
    if len(flow) != FLOW_BYTES:
        raise ValueError(f"a flow has {FLOW_BYTES} bytes, not {len(flow)}")
    real, imaginary = np.frombuffer(flow, np.int8).reshape(2, CELLS, CELLS).astype(np.float64)
    return np.asarray(real + 1j * imaginary, np.complex128)


def _correlated(one: _Field, other: _Field) -> _Field:
    """The correlation of both at every shift of up to _SHIFT_CELLS, nothing wrapping round."""
    size = (2 * CELLS, 2 * CELLS)
    every = np.fft.ifft2(np.fft.fft2(one, size).conj() * np.fft.fft2(other, size))
    near = np.roll(every, (_SHIFT_CELLS, _SHIFT_CELLS), axis=(0, 1))
    return np.asarray(near[: 2 * _SHIFT_CELLS + 1, : 2 * _SHIFT_CELLS + 1], np.complex128)
