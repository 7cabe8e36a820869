"""The bound of a frame: the very runs of networks that it takes, recorded and played again by the runtime alone.

And the least that any program adds to them: what each network sees, cut out of the frame and made float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models import interpreter

Tensors = tuple[NDArray[np.float32], ...]
_TO_FLOAT: Final = np.float32(1 / 255)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run of the network `model`, a .tflite file's content: what went in, and what came out.

    `cut`: what OpenCV was asked for to make its input, called again.
    """

    model: bytes
    inputs: Tensors
    outputs: Tensors
    cut: Callable[[], NDArray[np.uint8]]


def recorded(work: Callable[[], object]) -> list[Run]:
    """Every run of a network in `work`, in order; it makes its own interpreters, for older ones are not watched."""
    runs: list[Run] = []
    with _watched(runs):
        work()
    return runs


@contextmanager
def _watched(runs: list[Run]) -> Iterator[None]:
    runtime: Any = vars(interpreter)["_Runtime"]
    warp: Any = cv2.warpAffine
    cuts: list[Callable[[], NDArray[np.uint8]]] = []

    def make(model_content: bytes, num_threads: int) -> _Recorder:
        return _Recorder(runtime(model_content=model_content, num_threads=num_threads), model_content, cuts, runs)

    def cut(picture: NDArray[np.uint8], matrix: NDArray[np.float64], *rest: Any, **more: Any) -> NDArray[np.uint8]:
        cuts.append(partial(warp, picture, matrix.copy(), *rest, **more))
        return cuts[-1]()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(interpreter, "_Runtime", make)
        patched.setattr(cv2, "warpAffine", cut)
        yield


class _Recorder:
    """A runtime that writes down what it is asked to run; all else is the real one's."""

    def __init__(
        self, runtime: Any, model: bytes, cuts: list[Callable[[], NDArray[np.uint8]]], runs: list[Run]
    ) -> None:
        self._real, self._model, self._cuts, self._runs = runtime, model, cuts, runs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def invoke(self) -> None:
        """See the runtime."""
        given = tuple(self._real.get_tensor(one["index"]) for one in self._real.get_input_details())
        self._real.invoke()
        found = tuple(self._real.get_tensor(one["index"]) for one in self._real.get_output_details())
        self._runs.append(Run(self._model, given, found, self._cuts[-1]))


class BareNetwork:
    """A network of the bundle without anything around it."""

    def __init__(self, model: bytes, *, threads: int = 1) -> None:
        self._runtime: Any = interpreter.Interpreter(model, threads=threads)._runtime
        self._inputs = [int(one["index"]) for one in self._runtime.get_input_details()]
        self._outputs = [int(one["index"]) for one in self._runtime.get_output_details()]

    def run(self, inputs: Tensors) -> list[NDArray[np.float32]]:
        """As bare as it can be called from Python: inputs set, run, outputs got."""
        runtime = self._runtime
        for index, given in zip(self._inputs, inputs, strict=True):
            runtime.set_tensor(index, given)
        runtime.invoke()
        return [runtime.get_tensor(index) for index in self._outputs]


class Player:
    """Plays recorded runs, each network loaded once."""

    def __init__(self, runs: Sequence[Run], *, threads: int = 1) -> None:
        self._networks: dict[bytes, BareNetwork] = {}
        self._widened: dict[tuple[int, ...], NDArray[np.float32]] = {}
        for run in runs:
            if run.model not in self._networks:
                self._networks[run.model] = BareNetwork(run.model, threads=threads)

    def play(self, run: Run) -> list[NDArray[np.float32]]:
        """What the network says now."""
        return self._networks[run.model].run(run.inputs)

    def cut_and_play(self, run: Run) -> list[NDArray[np.float32]]:
        """The same, after what it sees was cut out of the frame once more."""
        (given,) = run.inputs
        np.multiply(run.cut(), _TO_FLOAT, out=self._widened.setdefault(given.shape, np.empty_like(given))[0])
        return self.play(run)

    def agrees(self, run: Run, tolerance: float) -> bool:
        """Whether it says what was recorded, within `tolerance` of the largest value."""
        return all(
            float(np.abs(now - then).max()) <= tolerance * max(1.0, float(np.abs(then).max()))
            for now, then in zip(self.play(run), run.outputs, strict=True)
        )
