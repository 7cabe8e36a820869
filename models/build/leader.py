"""LEADER, the minutiae network of PyPI's `pyfing` (R. Cappelli, MIT), written as TFLite without TensorFlow. Pure.

Source of the structure: pyfing 0.7.3, `minutiae_end_to_end.Leader._build_model`; the weights are its HDF5 file,
found by the layers' names. Dropout does nothing at run time and is left out. Everything up to and including
non-maximum suppression is inside the network.

Input: float32 (1, height, width, 1), grey values 0 to 255 unscaled, dark ridges, 500 dpi; height and width are
multiples of 32. pyfing pads other sizes around the image with the value of its first pixel, and resamples other
resolutions (bicubic), scaling the found positions back.

Output: float32 (1, height, width, 4), per pixel:

    0  probability that a minutia lies here, before suppression
    1  direction in radians, -pi to pi, atan2 of the network's two direction channels: pyfing's
       `Minutia.direction`, which it also writes into ISO/IEC 19794-2 records unchanged
    2  type: >= 0.5 a ridge ending, below a bifurcation
    3  quality, 0 to 1: the probability blurred by a 5x5 Gaussian where that is the largest of its 7x7
       neighbourhood, 0 elsewhere

What the caller does: every pixel (x, y) whose channel 3 reaches a threshold is a minutia with that quality; its
direction and type are channels 1 and 2 at the same pixel. pyfing's own threshold is 0.6; 0.3 to 0.4 was measured
to be better for comparison. Two equal values within one neighbourhood are both kept, as in pyfing: the caller
may drop one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from models.build.flatbuffer import to_tflite
from models.build.graph import Graph, Tensor
from models.errors import BuildError, WeightsError

SIZE_MULTIPLE = 32
# Keras' default for LayerNormalization.
_NORM_EPSILON = 1e-3

Weights = dict[str, tuple[NDArray[np.float32], ...]]


def read_weights(content: bytes) -> Weights:
    """The arrays of every layer in a Keras 3 weights file, by the layer's name.

    Raises WeightsError where the file is not such a file.
    """
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return {str(layer["vars"].attrs["name"]): _arrays(layer["vars"]) for layer in file["layers"].values()}
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise WeightsError(f"the minutiae network's weights file is damaged: {error}") from error


def _arrays(group: Any) -> tuple[NDArray[np.float32], ...]:
    return tuple(np.asarray(group[str(place)][()], dtype=np.float32) for place in range(len(group)))


def convert(content: bytes, *, width: int, height: int, begin: Callable[[str], Graph] = Graph) -> bytes:
    """The .tflite file for images of `width` by `height` pixels; the graph that `begin` makes keeps the weights, by
    itself in half precision.

    Raises BuildError for a size that is not a multiple of 32, WeightsError for a file that is not LEADER's.
    """
    if width % SIZE_MULTIPLE or height % SIZE_MULTIPLE or min(width, height) <= 0:
        raise BuildError(f"{width}x{height}: the minutiae network takes multiples of {SIZE_MULTIPLE}")
    network = _Leader(begin(f"LEADER minutiae {width}x{height}"), read_weights(content))
    network.build(width, height)
    return to_tflite(network.graph)


class _Leader:
    """One pass over the network's structure; the methods are pyfing's blocks, the names its layers' names."""

    def __init__(self, graph: Graph, weights: Weights) -> None:
        self.graph = graph
        self._weights = weights

    def build(self, width: int, height: int) -> None:
        image = self.graph.input("image", (1, height, width, 1))
        context = self._stem("stem0", image, "MAX")
        texture = self._stem("stem1", image, "AVERAGE")
        context = self._context(context)
        joined = self.graph.concat([self._attention(context), texture])
        self.graph.output(self._heads(self._refinement(joined)))

    def _context(self, x: Tensor) -> Tensor:
        skips = []
        for place in range(4):
            x = self._separable(f"enc0_{place}", x)
            skips.append(x)
            x = self._halve(x)
        for place in reversed(range(4)):
            x = self._separable(f"dec0_{place}", x)
            x = self.graph.concat([self.graph.double(x), skips[place]])
        return x

    def _attention(self, x: Tensor) -> Tensor:
        views = [self._conv(f"attention_conv_d{rate}", x, dilation=rate, gelu=True) for rate in (1, 3, 6)]
        gate = self.graph.unary("LOGISTIC", self._conv("attention_s", self.graph.concat(views)))
        return self.graph.multiply(x, gate)

    def _refinement(self, x: Tensor) -> Tensor:
        skips = []
        for place in range(4):
            x = self._bottleneck(f"enc1_{place}", x)
            skips.append(x)
            x = self._halve(x)
        for place in reversed(range(4)):
            x = self._bottleneck(f"dec1_{place}", x)
            x = self.graph.concat([self.graph.double(x), skips[place]])
        return x

    def _heads(self, x: Tensor) -> Tensor:
        graph = self.graph
        heads = [self._head(f"head_{place}", x) for place in range(3)]
        position = graph.unary("LOGISTIC", self._conv("head_conv_pos", heads[0]))
        vector = self._conv("head_conv_dir", heads[1])
        direction = graph.atan2(graph.channels(vector, 1, 2), graph.channels(vector, 0, 1))
        kind = graph.unary("LOGISTIC", self._conv("head_conv_typ", heads[2]))
        blurred = graph.conv(position, _out_first(self._array("nms_Gaussian_blur", 0, 4)), np.zeros(1))
        largest = graph.pool(blurred, "MAX", 7, stride=1, padding="SAME")
        return graph.concat([position, direction, kind, graph.where_equal(blurred, largest)])

    def _head(self, name: str, x: Tensor) -> Tensor:
        x = self.graph.double(self._bottleneck(f"{name}_ibc", x))
        x = self._normalise(f"{name}_ln", self._conv(f"{name}_conv1", x))
        return self._conv(f"{name}_conv2", x, gelu=True)

    def _stem(self, name: str, x: Tensor, pooling: Literal["MAX", "AVERAGE"]) -> Tensor:
        near = self._conv(f"{name}_conv", x)
        wide = self._conv(f"{name}_dilated_conv", x, dilation=2)
        x = self._normalise(f"{name}_ln", self.graph.concat([near, wide]))
        return self.graph.pool(self.graph.unary("GELU", x), pooling, 2, stride=2, padding="SAME")

    def _separable(self, name: str, x: Tensor) -> Tensor:
        x = self.graph.depthwise(x, self._array(f"{name}_conv", 0, 4)[..., 0])
        x = self.graph.conv(x, _out_first(self._array(f"{name}_conv", 1, 4)), self._array(f"{name}_conv", 2, 1))
        return self.graph.unary("GELU", self._normalise(f"{name}_ln", x))

    def _bottleneck(self, name: str, x: Tensor) -> Tensor:
        wide = self.graph.depthwise(x, self._array(f"{name}_depthwise_conv", 0, 4)[..., 0])
        wide = self._conv(f"{name}_conv_exp", self._normalise(f"{name}_ln", wide), gelu=True)
        x = self.graph.add(x, self._conv(f"{name}_conv_red", wide))
        return self._conv(f"{name}_conv_adj", x)

    def _halve(self, x: Tensor) -> Tensor:
        """The first half of the channels by their largest, the second by their mean of 2x2."""
        half = x.channels // 2
        parts: tuple[tuple[Literal["MAX", "AVERAGE"], int, int], ...] = (
            ("MAX", 0, half),
            ("AVERAGE", half, x.channels),
        )
        return self.graph.concat(
            [
                self.graph.pool(self.graph.channels(x, start, stop), kind, 2, stride=2, padding="SAME")
                for kind, start, stop in parts
            ]
        )

    def _conv(self, name: str, x: Tensor, *, dilation: int = 1, gelu: bool = False) -> Tensor:
        filters, bias = _out_first(self._array(name, 0, 4)), self._array(name, 1, 1)
        y = self.graph.conv(x, filters, bias, dilation=dilation)
        return self.graph.unary("GELU", y) if gelu else y

    def _normalise(self, name: str, x: Tensor) -> Tensor:
        """Layer normalisation over the channels of each pixel."""
        graph = self.graph
        centred = graph.subtract(x, graph.mean(x, [3], keep=True))
        variance = graph.mean(graph.unary("SQUARE", centred), [3], keep=True)
        scale = graph.unary("RSQRT", graph.add(variance, graph.constant(np.array([_NORM_EPSILON]))))
        scaled = graph.multiply(graph.multiply(centred, scale), graph.constant(self._array(name, 0, 1)))
        return graph.add(scaled, graph.constant(self._array(name, 1, 1)))

    def _array(self, layer: str, place: int, dimensions: int) -> NDArray[np.float32]:
        arrays = self._weights.get(layer, ())
        if place >= len(arrays) or arrays[place].ndim != dimensions:
            raise WeightsError(f"the minutiae network's weights file has no fitting array {place} of {layer!r}")
        return arrays[place]


def _out_first(filters: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keras' filters (height, width, in, out) in TFLite's order."""
    return filters.transpose(3, 0, 1, 2)
