"""dlib's face recognition network (D. King, CC0), written as TFLite without dlib. Pure.

Source of the structure: dlib's example `dnn_face_recognition_ex.cpp`: a residual network of 29 convolutions; each
convolution's affine layer (what training left of batch normalisation) is folded into it here.

Input: float32 (1, 150, 150, 3), an aligned face (`models.face.alignment`), RGB 0 to 255.
Output: float32 (1, 128), not normalised: Euclidean distances of two outputs are what the network was trained on.

In a block that halves the picture, dlib adds tensors of different height, width and channels; the missing rows,
columns and channels of each count as zeros behind its last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.build.dlib_format import DlibReader
from models.build.flatbuffer import to_tflite
from models.build.graph import Activation, Graph, Tensor
from models.errors import WeightsError

SIDE_PX = 150
DIMENSIONS = 128
# Blocks from the picture to the embedding: channels, and whether the block halves height and width.
BLOCKS = (
    *((32, False),) * 3,
    *((64, True), *((64, False),) * 3),
    *((128, True), *((128, False),) * 2),
    *((256, True), *((256, False),) * 2),
    (256, True),
)
# dlib's input layer: the pixel minus its channel's mean, over 256.
_SCALE = 256.0

Kind = Literal["con", "affine", "relu", "max_pool", "tag", "skip", "avg_pool", "add", "fc"]


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Filters float32[out, in, rows, columns] and bias float32[out], the affine layer behind them folded in."""

    filters: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    padding: int


@dataclass(frozen=True, slots=True, eq=False)
class FaceWeights:
    """All that the file says. `means` per channel; `embedding` float32[out, in]."""

    means: tuple[float, float, float]
    convolutions: tuple[Convolution, ...]
    embedding: NDArray[np.float32]


def layers() -> tuple[Kind, ...]:
    """The layers in the order of computation."""
    found: list[Kind] = ["con", "affine", "relu", "max_pool"]
    for _, halves in BLOCKS:
        found += ["tag", "con", "affine", "relu", "con", "affine"]
        found += ["tag", "skip", "avg_pool"] if halves else []
        found += ["add", "relu"]
    return (*found, "avg_pool", "fc")


def read_weights(content: bytes) -> FaceWeights:
    """Read dlib's file to its last byte. Raises WeightsError where it is not this network's.

    A layer writes a version, then the layer below it, then itself: so all versions come first, from the top down,
    and the layers after them, from the picture up.
    """
    reader = DlibReader(content)
    reader.version(1)
    reader.tag("loss_metric_2")
    reader.number(), reader.number()  # margin and distance of the training's loss
    order = layers()
    for kind in reversed(order[1:]):
        reader.version(1 if kind in ("tag", "skip") else 2)
    newest = reader.version(2, 3) == 3
    means = _read_input(reader)
    parts: list[Convolution] = []
    embedding: NDArray[np.float32] | None = None
    for place, kind in enumerate(order):
        if kind == "con":
            parts.append(_read_convolution(reader))
        elif kind == "affine":
            parts[-1] = _fold(parts[-1], *_read_affine(reader))
        elif kind == "fc":
            embedding = _read_embedding(reader)
        else:
            _skip_details(reader, kind)
        if kind not in ("tag", "skip"):
            _skip_state(reader)
        if place == 0 and newest:
            reader.integer()  # how many pictures one sample makes
    reader.end()
    if embedding is None:
        raise WeightsError("the face network's weights file has no embedding layer")
    return FaceWeights(means, tuple(parts), embedding)


def convert(content: bytes, begin: Callable[[str], Graph] = Graph) -> bytes:
    """The .tflite file of dlib's weights file `content`; the graph that `begin` makes keeps the weights, by itself in
    half precision.

    Raises WeightsError where the file is not this network's.
    """
    weights = read_weights(content)
    _require_structure(weights)
    graph = begin("dlib face recognition ResNet")
    chip = graph.input("chip", (1, SIDE_PX, SIDE_PX, 3))
    centred = graph.subtract(chip, graph.constant(np.array(weights.means)))
    x = graph.multiply(centred, graph.constant(np.array([1 / _SCALE])))
    stem, *rest = weights.convolutions
    x = graph.pool(_convolve(graph, x, stem, "RELU"), "MAX", 3, stride=2, padding="VALID")
    for (_, halves), first, second in zip(BLOCKS, rest[0::2], rest[1::2], strict=True):
        deep = _convolve(graph, _convolve(graph, x, first, "RELU"), second, "NONE")
        skip = graph.pool(x, "AVERAGE", 2, stride=2, padding="VALID") if halves else x
        x = _add(graph, deep, skip)
    graph.output(graph.matmul(graph.mean(x, [1, 2], keep=False), weights.embedding))
    return to_tflite(graph)


def _convolve(graph: Graph, x: Tensor, part: Convolution, activation: Activation) -> Tensor:
    filters = part.filters.transpose(0, 2, 3, 1)
    padding: Literal["SAME", "VALID"] = "SAME" if part.padding else "VALID"
    return graph.conv(x, filters, part.bias, stride=part.stride, padding=padding, activation=activation)


def _add(graph: Graph, a: Tensor, b: Tensor) -> Tensor:
    shape = tuple(max(sizes) for sizes in zip(a.shape, b.shape, strict=True))
    return graph.add(graph.pad_end(a, shape), graph.pad_end(b, shape), "RELU")


def _read_input(reader: DlibReader) -> tuple[float, float, float]:
    reader.tag("input_rgb_image_sized")
    means = (reader.number(), reader.number(), reader.number())
    if (reader.integer(), reader.integer()) != (SIDE_PX, SIDE_PX):
        raise WeightsError(f"the face network takes pictures of another size than {SIDE_PX}x{SIDE_PX}")
    return means


def _read_convolution(reader: DlibReader) -> Convolution:
    reader.tag("con_4")
    params = reader.tensor().ravel()
    reader.integer()  # filters, said again below
    rows, columns, stride_y, stride_x, padding_y, padding_x = (reader.integer() for _ in range(6))
    shape, bias_shape = reader.view(), reader.view()
    _skip_rates(reader)
    size = int(np.prod(shape))
    square = (rows, stride_y, padding_y) == (columns, stride_x, padding_x) and shape[2:] == (rows, columns)
    if not square or params.size != size + shape[0] or bias_shape != (1, shape[0], 1, 1):
        raise WeightsError(f"the face network's weights file has a convolution whose sizes {shape} do not fit")
    return Convolution(params[:size].reshape(shape), params[size:], stride_y, padding_y)


def _read_affine(reader: DlibReader) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    reader.tag("affine_")
    params = reader.tensor().ravel()
    gamma, beta = reader.view(), reader.view()
    reader.integer()  # convolution or fully connected; the shapes say so too
    if gamma != beta or params.size != 2 * gamma[1]:
        raise WeightsError(f"the face network's weights file has an affine layer whose sizes {gamma} do not fit")
    return params[: gamma[1]], params[gamma[1] :]


def _read_embedding(reader: DlibReader) -> NDArray[np.float32]:
    reader.tag("fc_2")
    outputs, inputs = reader.integer(), reader.integer()
    params = reader.tensor().ravel()
    reader.view(), reader.view()
    reader.integer()  # whether there is a bias; the size says so too
    _skip_rates(reader)
    if params.size != outputs * inputs:
        raise WeightsError(f"the face network's embedding is not {inputs} to {outputs} without a bias")
    return params.reshape(inputs, outputs).T


def _fold(part: Convolution, gamma: NDArray[np.float32], beta: NDArray[np.float32]) -> Convolution:
    """gamma * (filters * x + bias) + beta, as one convolution."""
    if gamma.shape != part.bias.shape:
        raise WeightsError(f"an affine layer of {gamma.size} channels follows {part.bias.size} filters")
    filters = part.filters.astype(np.float64) * gamma.reshape(-1, 1, 1, 1)
    bias = part.bias.astype(np.float64) * gamma + beta
    return Convolution(filters.astype(np.float32), bias.astype(np.float32), part.stride, part.padding)


def _skip_details(reader: DlibReader, kind: Kind) -> None:
    """The form of a layer without weights; the structure above says what it does."""
    if kind == "relu":
        reader.tag("relu_")
    elif kind == "add":
        reader.tag("add_prev_")
    elif kind in ("max_pool", "avg_pool"):
        reader.tag(f"{kind}_2")
        for _ in range(6):  # window, stride, padding
            reader.integer()


def _skip_rates(reader: DlibReader) -> None:
    """How fast weights and biases learn and decay."""
    for _ in range(4):
        reader.number()


def _skip_state(reader: DlibReader) -> None:
    """What training left behind every layer: three flags, three tensors of gradients and outputs."""
    for _ in range(3):
        reader.boolean()
    for _ in range(3):
        reader.tensor()


def _require_structure(weights: FaceWeights) -> None:
    """Raise WeightsError unless sizes, strides and paddings are those of `BLOCKS`."""
    found = [(part.filters.shape, part.stride, part.padding) for part in weights.convolutions]
    if found != _expected() or weights.embedding.shape != (DIMENSIONS, BLOCKS[-1][0]):
        raise WeightsError("the face network's weights file is of another network: its layers have other sizes")


def _expected() -> Sequence[tuple[tuple[int, ...], int, int]]:
    first = BLOCKS[0][0]
    found: list[tuple[tuple[int, ...], int, int]] = [((first, 3, 7, 7), 2, 0)]
    for (before, _), (channels, halves) in pairwise(((first, False), *BLOCKS)):
        found.append(((channels, before, 3, 3), 2 if halves else 1, 0 if halves else 1))
        found.append(((channels, channels, 3, 3), 1, 1))
    return found
