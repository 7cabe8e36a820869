"""One network in the runtime of this Python: shapes, answers, and what it refuses."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from models import interpreter
from models.errors import ModelError
from models.interpreter import Interpreter, TensorShape
from tests.models.small_bundle import network

SHAPE = (1, 2, 2, 1)


def ones(value: float = 1.0) -> NDArray[np.float32]:
    return np.full(SHAPE, value, np.float32)


def test_the_runtime_is_the_one_for_this_python() -> None:
    wanted = "tflite_runtime" if sys.version_info < (3, 12) else "ai_edge_litert"
    assert vars(interpreter)["_Runtime"].__module__.split(".")[0] == wanted


def test_runs_a_network_and_says_its_shapes() -> None:
    double = Interpreter(network(2.0))
    assert double.inputs == double.outputs == (TensorShape(SHAPE, "float32"),)
    (first,) = double.run(ones(3.0))
    (second,) = double.run(ones(5.0))
    assert (first == 6.0).all()
    assert (second == 10.0).all()


@pytest.mark.fault(49)
@pytest.mark.parametrize("model", [b"", b"TFL3", b"\0" * 4096, network(2.0)[:100]], ids=["empty", "tag", "zero", "cut"])
def test_what_is_no_network_is_refused(model: bytes) -> None:
    with pytest.raises(ModelError, match="cannot load"):
        Interpreter(model)


@pytest.mark.parametrize("threads", [0, -1, 5])
def test_a_wrong_number_of_threads_is_refused(threads: int) -> None:
    with pytest.raises(ModelError, match="threads"):
        Interpreter(network(2.0), threads=threads)


@pytest.mark.fault(41)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    bad = ones()
    bad[0, 1, 1, 0] = value
    with pytest.raises(ModelError, match="NaN or infinite"):
        Interpreter(network(2.0)).run(bad)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ((), "takes 1 inputs, 0 were given"),
        ((ones(), ones()), "takes 1 inputs, 2 were given"),
        ((ones()[0],), "takes float32"),
        ((ones().astype(np.float64),), "input 0 is float64"),
        (([[1.0]],), "is a list"),
    ],
)
def test_inputs_of_another_form_are_refused(inputs: tuple[NDArray[np.float32], ...], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Interpreter(network(2.0)).run(*inputs)


def test_threads_that_share_a_network_get_their_own_answers() -> None:
    double, wrong = Interpreter(network(2.0)), list[float]()

    def ask(value: float) -> None:
        for _ in range(200):
            (answer,) = double.run(ones(value))
            if not (answer == 2 * value).all():
                wrong.append(value)

    askers = [threading.Thread(target=ask, args=(float(value),)) for value in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert wrong == []
