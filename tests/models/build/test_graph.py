"""Every operator, built, written and run, against plain numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.build.flatbuffer import to_tflite
from models.build.graph import Graph, Padding, Tensor
from models.errors import BuildError
from models.interpreter import Interpreter

Array = NDArray[np.float32]
HALF = 2.0**-10
"""Relative error of weights in half precision."""


def evaluate(build: Callable[[Graph, Tensor], Tensor], x: Array) -> Array:
    """What the runtime makes of the network that `build` draws over an input of x's shape."""
    graph = Graph("test")
    tensor = build(graph, graph.input("x", x.shape))
    graph.output(tensor)
    (answer,) = Interpreter(to_tflite(graph)).run(x)
    assert answer.shape == tensor.shape
    return answer


def values(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def windows(x: Array, size: int, stride: int, dilation: int, padding: Padding, fill: float) -> Array:
    """[rows, columns, size, size, channels] of the one picture in x, padded by TensorFlow's rule."""
    reach = dilation * (size - 1) + 1
    if padding == "SAME":
        amounts = [max(0, (-(-side // stride) - 1) * stride + reach - side) for side in x.shape[1:3]]
        (top, bottom), (left, right) = ((amount // 2, amount - amount // 2) for amount in amounts)
        x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    found = sliding_window_view(x[0], (reach, reach, x.shape[3]))[::stride, ::stride, 0, ::dilation, ::dilation]
    return np.asarray(found, np.float32)


@settings(deadline=None, max_examples=25)
@given(
    side=st.integers(7, 12),
    size=st.sampled_from([1, 3, 5]),
    geometry=st.sampled_from([(1, 1), (2, 1), (1, 2)]),
    padding=st.sampled_from(["SAME", "VALID"]),
    seed=st.integers(0, 99),
)
def test_convolution(side: int, size: int, geometry: tuple[int, int], padding: Padding, seed: int) -> None:
    stride, dilation = geometry
    if padding == "VALID" and dilation * (size - 1) + 1 > side:
        return
    x, filters, bias = values(seed, 1, side, side + 1, 3), values(seed + 1, 4, size, size, 3), values(seed + 2, 4)
    found = evaluate(lambda g, t: g.conv(t, filters, bias, stride=stride, dilation=dilation, padding=padding), x)
    expected = np.einsum("rcijk,oijk->rco", windows(x, size, stride, dilation, padding, 0), filters) + bias
    assert found[0] == pytest.approx(expected, abs=size * size * 3 * 4 * HALF)


def test_convolution_with_relu_and_depthwise() -> None:
    x, filters = values(1, 1, 6, 5, 3), values(2, 2, 1, 1, 3)
    found = evaluate(lambda g, t: g.conv(t, filters, np.zeros(2), activation="RELU"), x)
    assert found == pytest.approx(np.maximum(x @ filters[:, 0, 0].T, 0), abs=0.01)
    each = values(3, 3, 3, 3)
    expected = np.einsum("rcijk,ijk->rck", windows(x, 3, 1, 1, "SAME", 0), each)
    assert evaluate(lambda g, t: g.depthwise(t, each), x)[0] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("size", "stride", "padding"),
    [(3, 2, "VALID"), (2, 2, "VALID"), (2, 2, "SAME"), (7, 1, "SAME")],
)
def test_pooling(size: int, stride: int, padding: Padding) -> None:
    x = values(4, 1, 9, 8, 2)
    largest = windows(x, size, stride, 1, padding, -np.inf).max(axis=(2, 3))
    assert evaluate(lambda g, t: g.pool(t, "MAX", size, stride=stride, padding=padding), x)[0] == pytest.approx(largest)
    mean = np.nanmean(windows(x, size, stride, 1, padding, np.nan), axis=(2, 3))
    found = evaluate(lambda g, t: g.pool(t, "AVERAGE", size, stride=stride, padding=padding), x)
    assert found[0] == pytest.approx(mean, abs=1e-6)


def test_arithmetic_and_functions() -> None:
    x, row = values(5, 1, 4, 3, 2), values(6, 2)
    sums: dict[str, tuple[Callable[[Graph, Tensor], Tensor], NDArray[np.floating[Any]]]] = {
        "add": (lambda g, t: g.add(t, g.constant(row)), x + row),
        "add, relu": (lambda g, t: g.add(t, g.constant(row), "RELU"), np.maximum(x + row, 0)),
        "subtract": (lambda g, t: g.subtract(g.constant(row), t), row - x),
        "multiply": (lambda g, t: g.multiply(t, t), x * x),
        "logistic": (lambda g, t: g.unary("LOGISTIC", t), 1 / (1 + np.exp(-x))),
        "square": (lambda g, t: g.unary("SQUARE", t), x**2),
        "relu": (lambda g, t: g.unary("RELU", t), np.maximum(x, 0)),
        "rsqrt": (lambda g, t: g.unary("RSQRT", g.multiply(t, t)), 1 / np.abs(x)),
        "atan2": (lambda g, t: g.atan2(g.channels(t, 0, 1), g.channels(t, 1, 2)), np.arctan2(x[..., :1], x[..., 1:])),
        "mean": (lambda g, t: g.mean(t, [1, 2], keep=False), x.mean(axis=(1, 2))),
        "mean, kept": (lambda g, t: g.mean(t, [-1], keep=True), x.mean(axis=3, keepdims=True)),
    }
    for name, (build, expected) in sums.items():
        assert evaluate(build, x) == pytest.approx(expected, rel=1e-4, abs=1e-5), name


def test_gelu_is_the_exact_one() -> None:
    """x * Phi(x); the approximation by tanh is 3e-4 off."""
    points = np.array([[-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]], np.float32)
    expected = [-0.00404969, -0.15865525, -0.15426877, 0.0, 0.34573123, 0.84134475, 2.99595031]
    assert evaluate(lambda g, t: g.unary("GELU", t), points)[0] == pytest.approx(expected, abs=2e-5)


def test_shapes_change_as_they_say() -> None:
    x = values(7, 1, 3, 4, 3)
    assert np.array_equal(evaluate(lambda g, t: g.double(t), x), x.repeat(2, axis=1).repeat(2, axis=2))
    assert np.array_equal(evaluate(lambda g, t: g.channels(t, 1, 3), x), x[..., 1:3])
    joined = evaluate(lambda g, t: g.concat([t, g.channels(t, 0, 1)]), x)
    assert np.array_equal(joined, np.concatenate([x, x[..., :1]], axis=3))
    padded = evaluate(lambda g, t: g.pad_end(t, (1, 4, 4, 5)), x)
    assert np.array_equal(padded, np.pad(x, ((0, 0), (0, 1), (0, 0), (0, 2))))
    assert np.array_equal(evaluate(lambda g, t: g.add(g.pad_end(t, t.shape), t), x), x + x)


def test_where_equal_and_matmul() -> None:
    x, other, weights = values(8, 1, 2, 3, 1), values(9, 2, 3, 1), values(10, 5, 4)
    other[0, 1, 0] = x[0, 0, 1, 0]
    found = evaluate(lambda g, t: g.where_equal(t, g.constant(other[None])), x)
    assert np.array_equal(found, np.where(x == other, x, 0))
    row = values(11, 1, 4)
    assert evaluate(lambda g, t: g.matmul(t, weights), row) == pytest.approx(row @ weights.T, abs=0.02)


def test_the_same_graph_gives_the_same_bytes_with_aligned_weights() -> None:
    def written() -> bytes:
        graph = Graph("same")
        x = graph.input("x", (1, 5, 5, 3))
        graph.output(graph.conv(x, values(1, 8, 3, 3, 3), values(2, 8)))
        return to_tflite(graph)

    assert written() == written()
    assert written()[4:8] == b"TFL3"
    assert written().find(values(1, 8, 3, 3, 3).astype(np.float16).tobytes()) % 16 == 0


def test_what_does_not_fit_is_refused() -> None:
    graph = Graph("wrong")
    x = graph.input("x", (1, 4, 4, 3))
    with pytest.raises(BuildError, match="do not fit an input"):
        graph.conv(x, values(1, 2, 3, 3, 4), values(2, 2))
    with pytest.raises(BuildError, match="do not fit an input"):
        graph.conv(x, values(1, 2, 3, 3, 3), values(2, 3))
    with pytest.raises(BuildError, match="depthwise"):
        graph.depthwise(x, values(1, 3, 3, 4))
    with pytest.raises(BuildError, match="shapes do not fit"):
        graph.add(x, graph.constant(values(1, 2)))
    with pytest.raises(BuildError, match="half precision"):
        graph.weights(np.array([1e6]))
