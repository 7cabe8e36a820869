"""Writes dlib's serialisation (dlib's `serialize.h`, `cuda/tensor.h`), for tests of its reader."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.build.resnet import Kind, layers


def integer(value: int) -> bytes:
    magnitude = abs(value)
    size = max(1, (magnitude.bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + magnitude.to_bytes(size, "little")


def number(value: float) -> bytes:
    mantissa, exponent = math.frexp(value)
    return integer(int(mantissa * 2**53)) + integer(exponent - 53)


def text(value: str) -> bytes:
    return integer(len(value)) + value.encode()


def sizes(*values: int) -> bytes:
    return b"".join(integer(value) for value in values)


def view(*values: int) -> bytes:
    return integer(1) + sizes(*values)


def tensor(values: NDArray[np.float32]) -> bytes:
    padded = (*values.shape, 1, 1, 1)[:4]
    return integer(2) + sizes(*padded) + values.astype("<f4").tobytes()


STATE = b"100" + tensor(np.zeros((0, 0, 0, 0), np.float32)) * 3
RATES = number(1.0) * 4


def face_network(chance: np.random.Generator, *, channels: int, dimensions: int) -> bytes:
    """A file of the face network's layers, all of `channels` channels, in the version of dlib's own file."""
    order = layers()
    content = integer(1) + text("loss_metric_2") + number(0.04) + number(0.6)
    content += b"".join(integer(1 if kind in ("tag", "skip") else 2) for kind in reversed(order[1:]))
    content += integer(2)
    content += text("input_rgb_image_sized") + number(122.782) + number(117.001) + number(104.298) + sizes(150, 150)
    inputs, strided = 3, False
    for place, kind in enumerate(order):
        if kind == "con":
            side = 7 if place == 0 else 3
            content += _convolution(chance, inputs, channels, side, strided=strided or place == 0)
            inputs, strided = channels, False
        elif kind == "tag" and order[place + 1] == "con":
            strided = _halves(order, place)
        content += _plain(chance, kind, channels, dimensions)
        content += b"" if kind in ("tag", "skip") else STATE
    return content


def _halves(order: tuple[Kind, ...], tag: int) -> bool:
    """Whether the block that begins at `tag` has an average pooling before its addition."""
    return "avg_pool" in order[tag : order.index("add", tag)]


def _convolution(chance: np.random.Generator, inputs: int, outputs: int, side: int, *, strided: bool) -> bytes:
    shape = (outputs, inputs, side, side)
    values = chance.normal(0, 0.1, math.prod(shape) + outputs).astype(np.float32)
    stride, padding = (2, 0) if strided else (1, 1)
    geometry = sizes(outputs, side, side, stride, stride, padding, padding)
    return text("con_4") + tensor(values) + geometry + view(*shape) + view(1, outputs, 1, 1) + RATES


def _plain(chance: np.random.Generator, kind: Kind, channels: int, dimensions: int) -> bytes:
    if kind == "affine":
        values = chance.normal(1, 0.1, 2 * channels).astype(np.float32)
        return text("affine_") + tensor(values) + view(1, channels, 1, 1) * 2 + integer(0)
    if kind == "fc":
        values = chance.normal(0, 0.1, (channels, dimensions)).astype(np.float32)
        parts = sizes(dimensions, channels) + tensor(values) + view(channels, dimensions, 1, 1) + view(0, 0, 0, 0)
        return text("fc_2") + parts + integer(1) + RATES
    if kind in ("max_pool", "avg_pool"):
        return text(f"{kind}_2") + sizes(2, 2, 2, 2, 0, 0)
    return {"relu": text("relu_"), "add": text("add_prev_")}.get(kind, b"")
