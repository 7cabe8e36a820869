"""A TFLite network under construction: tensors, operators and their shapes. Pure; `flatbuffer` writes it out.

Layout is TFLite's: images are batch, height, width, channels; filters are out, height, width, in. Only what the
project's networks need is here. Large weights are stored in half precision and widened when the file is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import BuildError

Padding = Literal["SAME", "VALID"]
Activation = Literal["NONE", "RELU"]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the graph, by its place in the graph's list."""

    index: int
    shape: Shape

    @property
    def channels(self) -> int:
        return self.shape[-1]


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """What the file says of a tensor. `data` is None where the value is computed."""

    name: str
    shape: Shape
    dtype: str
    data: NDArray[Any] | None


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its builtin name, the schema's options table with its fields, and tensors by index."""

    code: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1


class Graph:
    """Grows by one operator per call; every call returns the new operator's output."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tensors: list[TensorRecord] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []
        self.outputs: list[int] = []

    def input(self, name: str, shape: Shape) -> Tensor:
        """A float32 input of the network."""
        tensor = self._tensor(name, shape)
        self.inputs.append(tensor.index)
        return tensor

    def output(self, tensor: Tensor) -> None:
        """Declare `tensor` the network's next output."""
        self.outputs.append(tensor.index)

    def constant(self, values: NDArray[Any], dtype: str = "float32") -> Tensor:
        """Values stored exactly, as float32 or int32: biases, norms, sizes."""
        data = np.ascontiguousarray(values, dtype=dtype)
        return self._tensor(f"constant_{len(self.tensors)}", data.shape, dtype, data)

    def weights(self, values: NDArray[Any]) -> Tensor:
        """Values stored in half precision: half the file, 2^-11 of relative error.

        Raises BuildError where a value does not fit half precision.
        """
        with np.errstate(over="ignore"):
            data = np.ascontiguousarray(values, dtype=np.float16)
        if not np.isfinite(data).all():
            raise BuildError(f"weights of shape {values.shape} do not fit half precision")
        stored = self._tensor(f"weights_{len(self.tensors)}", data.shape, "float16", data)
        return self._add("DEQUANTIZE", [stored], stored.shape, version=3)

    def conv(
        self,
        x: Tensor,
        filters: NDArray[Any],
        bias: NDArray[Any],
        *,
        stride: int = 1,
        dilation: int = 1,
        padding: Padding = "SAME",
        activation: Activation = "NONE",
    ) -> Tensor:
        """2-D convolution with filters (out, height, width, in)."""
        if filters.shape[3] != x.channels or bias.shape != filters.shape[:1]:
            raise BuildError(f"filters {filters.shape} and bias {bias.shape} do not fit an input {x.shape}")
        rows, columns = (dilation * (size - 1) + 1 for size in filters.shape[1:3])
        shape = (*_window(x.shape, rows, columns, stride, padding), filters.shape[0])
        fields = {**_strides(stride, padding, activation), **_dilation(dilation)}
        return self._add("CONV_2D", [x, self.weights(filters), self.constant(bias)], shape, "Conv2DOptions", fields)

    def depthwise(self, x: Tensor, filters: NDArray[Any]) -> Tensor:
        """Each channel by its own filter (height, width, channels); stride 1, same size, no bias."""
        if filters.shape[2] != x.channels:
            raise BuildError(f"depthwise filters {filters.shape} do not fit an input {x.shape}")
        bias = self.constant(np.zeros(x.channels))
        fields = {**_strides(1, "SAME", "NONE"), **_dilation(1), "DepthMultiplier": 1}
        operands = [x, self.weights(filters[np.newaxis]), bias]
        return self._add("DEPTHWISE_CONV_2D", operands, x.shape, "DepthwiseConv2DOptions", fields)

    def pool(self, x: Tensor, kind: Literal["MAX", "AVERAGE"], size: int, *, stride: int, padding: Padding) -> Tensor:
        """Largest or mean value of `size` by `size` windows."""
        shape = (*_window(x.shape, size, size, stride, padding), x.channels)
        fields = {**_strides(stride, padding, "NONE"), "FilterWidth": size, "FilterHeight": size}
        return self._add(f"{kind}_POOL_2D", [x], shape, "Pool2DOptions", fields)

    def matmul(self, x: Tensor, weights: NDArray[Any]) -> Tensor:
        """`x` (batch, in) times `weights` (out, in), without bias."""
        bias = self.constant(np.zeros(weights.shape[0]))
        shape = (x.shape[0], weights.shape[0])
        fields = {"FusedActivationFunction": 0}
        return self._add("FULLY_CONNECTED", [x, self.weights(weights), bias], shape, "FullyConnectedOptions", fields)

    def add(self, a: Tensor, b: Tensor, activation: Activation = "NONE") -> Tensor:
        return self._arithmetic("ADD", "AddOptions", a, b, activation)

    def subtract(self, a: Tensor, b: Tensor) -> Tensor:
        return self._arithmetic("SUB", "SubOptions", a, b, "NONE")

    def multiply(self, a: Tensor, b: Tensor) -> Tensor:
        return self._arithmetic("MUL", "MulOptions", a, b, "NONE")

    def unary(self, code: Literal["LOGISTIC", "RSQRT", "SQUARE", "GELU", "RELU"], x: Tensor) -> Tensor:
        """An element-wise function of one operand; GELU is the exact one (error function)."""
        if code == "GELU":
            return self._add("GELU", [x], x.shape, "GeluOptions", {"Approximate": False})
        return self._add(code, [x], x.shape, "SquareOptions" if code == "SQUARE" else None)

    def atan2(self, y: Tensor, x: Tensor) -> Tensor:
        """The angle of (x, y) in radians, -pi to pi."""
        return self._add("ATAN2", [y, x], y.shape)

    def mean(self, x: Tensor, axes: Sequence[int], *, keep: bool) -> Tensor:
        """The mean over `axes`, which stay as 1 where `keep` says so."""
        dropped = {axis % len(x.shape) for axis in axes}
        shape = tuple(
            1 if axis in dropped else size for axis, size in enumerate(x.shape) if keep or axis not in dropped
        )
        operands = [x, self.constant(np.array(sorted(dropped)), "int32")]
        return self._add("MEAN", operands, shape, "ReducerOptions", {"KeepDims": keep})

    def concat(self, parts: Sequence[Tensor]) -> Tensor:
        """Parts of the same height and width, side by side in the channels."""
        shape = (*parts[0].shape[:-1], sum(part.channels for part in parts))
        fields = {"Axis": 3, "FusedActivationFunction": 0}
        return self._add("CONCATENATION", list(parts), shape, "ConcatenationOptions", fields)

    def channels(self, x: Tensor, start: int, stop: int) -> Tensor:
        """The channels `start` to `stop` (not included) of `x`."""
        shape = (*x.shape[:-1], stop - start)
        begin = self.constant(np.array([0, 0, 0, start]), "int32")
        return self._add("SLICE", [x, begin, self.constant(np.array(shape), "int32")], shape, "SliceOptions")

    def pad_end(self, x: Tensor, shape: Shape) -> Tensor:
        """`x` with zeros behind its last row, column and channel, up to `shape`."""
        if x.shape == shape:
            return x
        amounts = np.array([[0, new - old] for old, new in zip(x.shape, shape, strict=True)])
        return self._add("PAD", [x, self.constant(amounts, "int32")], shape, "PadOptions")

    def double(self, x: Tensor) -> Tensor:
        """Twice the height and width, every value repeated."""
        batch, rows, columns, channels = x.shape
        size = self.constant(np.array([2 * rows, 2 * columns]), "int32")
        fields = {"AlignCorners": False, "HalfPixelCenters": False}
        shape = (batch, 2 * rows, 2 * columns, channels)
        return self._add("RESIZE_NEAREST_NEIGHBOR", [x, size], shape, "ResizeNearestNeighborOptions", fields)

    def where_equal(self, a: Tensor, b: Tensor) -> Tensor:
        """`a` where it equals `b`, else 0."""
        same = self._add("EQUAL", [a, b], a.shape, "EqualOptions", dtype="bool")
        fields = {"InDataType": "BOOL", "OutDataType": "FLOAT32"}
        return self.multiply(a, self._add("CAST", [same], a.shape, "CastOptions", fields))

    def _arithmetic(self, code: str, options: str, a: Tensor, b: Tensor, activation: Activation) -> Tensor:
        try:
            shape = np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            raise BuildError(f"{code} of {a.shape} and {b.shape}: the shapes do not fit") from None
        return self._add(code, [a, b], shape, options, {"FusedActivationFunction": _ACTIVATIONS[activation]})

    def _add(
        self,
        code: str,
        inputs: Sequence[Tensor],
        shape: Shape,
        options: str | None = None,
        fields: Mapping[str, Any] | None = None,
        *,
        version: int = 1,
        dtype: str = "float32",
    ) -> Tensor:
        output = self._tensor(f"{code.lower()}_{len(self.operators)}", shape, dtype)
        indices = tuple(tensor.index for tensor in inputs)
        self.operators.append(Operator(code, indices, (output.index,), options, fields or {}, version))
        return output

    def _tensor(self, name: str, shape: Shape, dtype: str = "float32", data: NDArray[Any] | None = None) -> Tensor:
        self.tensors.append(TensorRecord(name, shape, dtype, data))
        return Tensor(len(self.tensors) - 1, shape)


# The schema's enumerations Padding and ActivationFunctionType.
_PADDINGS = {"SAME": 0, "VALID": 1}
_ACTIVATIONS = {"NONE": 0, "RELU": 1}


def _strides(stride: int, padding: Padding, activation: Activation) -> dict[str, Any]:
    return {
        "Padding": _PADDINGS[padding],
        "StrideW": stride,
        "StrideH": stride,
        "FusedActivationFunction": _ACTIVATIONS[activation],
    }


def _dilation(dilation: int) -> dict[str, Any]:
    return {"DilationWFactor": dilation, "DilationHFactor": dilation}


def _window(shape: Shape, rows: int, columns: int, stride: int, padding: Padding) -> Shape:
    """Batch, height and width after a window of `rows` by `columns` (TensorFlow's rule of padding)."""
    batch, height, width, _ = shape
    if padding == "SAME":
        return batch, -(-height // stride), -(-width // stride)
    return batch, (height - rows) // stride + 1, (width - columns) // stride + 1
