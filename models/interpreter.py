"""Runs one TFLite network. Owns the choice of runtime: tflite_runtime up to Python 3.11, ai_edge_litert after it.

Impure: calls native code and holds its buffers. Nothing is read from disk.

One thread is the default because two threads on a busy two-core machine were measured two to seven times
slower: the runtime's workers spin while they wait for a core.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError

if sys.version_info < (3, 12):
    from tflite_runtime.interpreter import Interpreter as _Runtime
else:
    from ai_edge_litert.interpreter import Interpreter as _Runtime

# A Raspberry Pi has four cores; more threads than that is a slip of the hand.
THREADS_MAX = 4


@dataclass(frozen=True, slots=True)
class TensorShape:
    """An input or output of a network: its sizes, the batch first, and numpy's name of its type."""

    shape: tuple[int, ...]
    dtype: str


class Interpreter:
    """One loaded network. Calls from several threads wait for each other."""

    def __init__(self, model: bytes, *, threads: int = 1) -> None:
        """Load `model`, the content of a .tflite file; `threads` 1 to 4.

        Raises ModelError where the runtime refuses the file or the number of threads is out of range.
        """
        if not 1 <= threads <= THREADS_MAX:
            raise ModelError(f"{threads} threads asked for: 1 to {THREADS_MAX} are allowed")
        try:
            self._runtime: Any = _Runtime(model_content=bytes(model), num_threads=threads)
            self._runtime.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the runtime cannot load this network: {error}") from error
        self._inputs: list[dict[str, Any]] = self._runtime.get_input_details()
        self._outputs: list[dict[str, Any]] = self._runtime.get_output_details()
        self._lock = threading.Lock()
        self.inputs = tuple(_shape(detail) for detail in self._inputs)
        self.outputs = tuple(_shape(detail) for detail in self._outputs)

    def run(self, *inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The network's outputs for `inputs`, in the order of the file. The outputs are copies, the caller's own.

        Raises ModelError for a wrong number of inputs, another shape or type than `self.inputs` says, NaN or
        infinite values, and a failure of the runtime.
        """
        if len(inputs) != len(self.inputs):
            raise ModelError(f"the network takes {len(self.inputs)} inputs, {len(inputs)} were given")
        for number, (given, expected) in enumerate(zip(inputs, self.inputs, strict=True)):
            _check(number, given, expected)
        with self._lock:
            try:
                for given, detail in zip(inputs, self._inputs, strict=True):
                    self._runtime.set_tensor(detail["index"], given)
                self._runtime.invoke()
                return [self._runtime.get_tensor(detail["index"]) for detail in self._outputs]
            except (ValueError, RuntimeError) as error:
                raise ModelError(f"the runtime failed to run the network: {error}") from error


def _shape(detail: dict[str, Any]) -> TensorShape:
    return TensorShape(tuple(int(size) for size in detail["shape"]), np.dtype(detail["dtype"]).name)


def _check(number: int, given: NDArray[np.float32], expected: TensorShape) -> None:
    if not isinstance(given, np.ndarray):
        raise ModelError(f"input {number} is a {type(given).__name__}, not an array")
    if given.dtype.name != expected.dtype or given.shape != expected.shape:
        raise ModelError(
            f"input {number} is {given.dtype.name}{list(given.shape)}, "
            f"the network takes {expected.dtype}{list(expected.shape)}"
        )
    if np.issubdtype(given.dtype, np.floating) and not np.isfinite(given).all():
        raise ModelError(f"input {number} holds NaN or infinite values")
