"""One network in the runtime of this Python: shapes, answers, and what it refuses."""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec, module_from_spec

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import ModelError
from models.interpreter import RUNTIME, THREADS_MAX, Interpreter, TensorShape
from tests.models.small_bundle import network

SHAPE = (1, 2, 2, 1)


def ones(value: float = 1.0) -> NDArray[np.float32]:
    return np.full(SHAPE, value, np.float32)


def test_the_runtime_is_the_newest_that_is_installed() -> None:
    assert next(name for name in ("ai_edge_litert", "tflite_runtime") if find_spec(name)) == RUNTIME


def test_without_a_runtime_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ai_edge_litert", "tflite_runtime"):
        monkeypatch.setitem(sys.modules, f"{name}.interpreter", None)  # as if it were not there
    spec = find_spec("models.interpreter")
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ModuleNotFoundError, match=r"no TFLite runtime .*install .*countersign\[terminal\]"):
        spec.loader.exec_module(module_from_spec(spec))


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
        ((), "has 1 inputs, 0 were given"),
        ((ones(), ones()), "has 1 inputs, 2 were given"),
        ((ones()[0],), r"not float32\[1, 2, 2, 1\]"),
        ((ones()[:, :, :0],), r"float32\[1, 2, 0, 1\], not float32"),
        ((ones().astype(np.float64),), "input 0 is float64"),
        ((ones().astype(np.float16),), "input 0 is float16"),
        ((ones().astype(">f4"),), "input 0 is float32 of foreign byte order"),
        ((ones().astype(object),), "input 0 is object"),
        (([[1.0]],), "is a list"),
        ((None,), "is a NoneType"),
    ],
)
def test_inputs_of_another_form_are_refused(inputs: tuple[NDArray[np.float32], ...], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Interpreter(network(2.0)).run(*inputs)


def test_inputs_may_lie_in_memory_as_they_like() -> None:
    """Transposed, every second value of a larger one, and not to be written to."""
    expected = np.arange(4, dtype=np.float32).reshape(SHAPE)
    scattered = np.zeros((1, 4, 4, 1), np.float32)
    scattered[:, ::2, ::2] = expected
    frozen = expected.copy()
    frozen.flags.writeable = False
    double = Interpreter(network(2.0))
    for given in (np.asfortranarray(expected), scattered[:, ::2, ::2], frozen):
        assert double.run(given)[0].tolist() == (2 * expected).tolist()


def test_answers_are_the_callers_own_or_written_where_asked() -> None:
    double = Interpreter(network(2.0))
    first = double.run(ones(1.0))
    room = double.new_outputs()
    assert double.run(ones(2.0), out=room) is room
    assert double.run(ones(3.0))[0] is not room[0]
    assert (first[0] == 2.0).all()
    assert (room[0] == 4.0).all()
    with pytest.raises(ModelError, match="has 1 outputs, 0 were given"):
        double.run(ones(), out=[])
    with pytest.raises(ModelError, match="output 0 is float64"):
        double.run(ones(), out=[np.empty(SHAPE)])  # type: ignore[list-item]  # the wrong type is the point


@pytest.mark.fault(41)
def test_an_answer_that_is_not_finite_is_refused() -> None:
    """Finite in, too large for float32 out."""
    with pytest.raises(ModelError, match="answered NaN or infinite"):
        Interpreter(network(2.0)).run(ones(3e38))


@pytest.mark.parametrize("threads", range(1, THREADS_MAX + 1))
def test_any_number_of_threads_that_is_allowed_gives_the_same(threads: int) -> None:
    assert Interpreter(network(2.0), threads=threads).run(ones(3.0))[0].tolist() == ones(6.0).tolist()


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
