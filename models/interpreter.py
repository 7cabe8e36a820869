"""Runs one TFLite network. Owns the choice of runtime: ai_edge_litert where it is installed, else tflite_runtime.

Impure: calls native code and holds its buffers. Nothing is read from disk.

Which of the two is installed follows from the Python: tflite_runtime ends at 3.11, the lock takes ai_edge_litert from
3.12 on. What is there decides, not the version, so that both can be tried on one machine.

One thread is the default because two threads on a busy two-core machine were measured two to seven times
slower: the runtime's workers spin while they wait for a core.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError

try:
    from ai_edge_litert.interpreter import Interpreter as _Runtime
except ModuleNotFoundError as _no_litert:
    try:
        from tflite_runtime.interpreter import Interpreter as _Runtime
    except ModuleNotFoundError as _no_tflite:
        raise ModuleNotFoundError(
            f"no TFLite runtime can be loaded ({_no_litert}; {_no_tflite}): "
            "install the terminal's packages (countersign[terminal])"
        ) from _no_tflite

RUNTIME: Final[str] = _Runtime.__module__.partition(".")[0]
"""The package whose runtime it is."""
THREADS_DEFAULT: Final = 1
THREADS_MAX: Final = 4
"""A Raspberry Pi has four cores; more threads than that is a slip of the hand."""

Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TensorShape:
    """An input or output of a network: its sizes, the batch first, and numpy's name of its type."""

    shape: tuple[int, ...]
    dtype: str


class Interpreter:
    """One loaded network. Calls from several threads wait for each other."""

    def __init__(self, model: bytes, *, threads: int = THREADS_DEFAULT) -> None:
        """Load `model`, the content of a .tflite file whose hash was verified: a damaged one can crash or hang either
        runtime. `threads` 1 to 4.

        Raises ModelError where the runtime refuses the file or the number of threads is out of range.
        """
        if not 1 <= threads <= THREADS_MAX:
            raise ModelError(f"{threads} threads asked for: 1 to {THREADS_MAX} are allowed")
        try:
            self._runtime: Any = _Runtime(model_content=bytes(model), num_threads=threads)
            self._runtime.allocate_tensors()
            self._inputs: list[dict[str, Any]] = self._runtime.get_input_details()
            self._outputs: list[dict[str, Any]] = self._runtime.get_output_details()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise ModelError(f"the runtime cannot load this network: {error}") from error
        self._views = [self._runtime.tensor(detail["index"]) for detail in self._outputs]
        self._lock = threading.Lock()
        self.inputs = tuple(_shape(detail) for detail in self._inputs)
        self.outputs = tuple(_shape(detail) for detail in self._outputs)
        self._finite_in, self._finite_out = (
            [np.empty(form.shape, np.bool_) for form in forms] for forms in (self.inputs, self.outputs)
        )

    def new_outputs(self) -> list[Tensor]:
        """Arrays to give to `run` as `out`, for a caller who looks at one answer at a time."""
        return [np.empty(output.shape, output.dtype) for output in self.outputs]

    def run(self, *inputs: Tensor, out: Sequence[Tensor] | None = None) -> Sequence[Tensor]:
        """The network's outputs for `inputs`, in the order of the file: copies, the caller's own.

        Written into the arrays of `out` where it is given, one for each output and of its form (see `new_outputs`),
        so that nothing is allocated.

        Raises ModelError for a wrong number of inputs or outputs, another shape or type than `self.inputs` and
        `self.outputs` say, NaN or infinite values in or out, and a failure of the runtime.
        """
        _check_all("input", inputs, self.inputs)
        if out is None:
            out = self.new_outputs()
        else:
            _check_all("output", out, self.outputs)
        with self._lock:
            for number, (given, room) in enumerate(zip(inputs, self._finite_in, strict=True)):
                if not _is_finite(given, room):
                    raise ModelError(f"input {number} holds NaN or infinite values")
            try:
                for given, detail in zip(inputs, self._inputs, strict=True):
                    self._runtime.set_tensor(detail["index"], given)
                self._runtime.invoke()
                for answer, view in zip(out, self._views, strict=True):
                    np.copyto(answer, view())  # a view that is kept would forbid the next invoke
            except (ValueError, RuntimeError) as error:
                raise ModelError(f"the runtime failed to run the network: {error}") from error
            if not all(map(_is_finite, out, self._finite_out)):
                raise ModelError("the network answered NaN or infinite values")
        return out


def _shape(detail: dict[str, Any]) -> TensorShape:
    return TensorShape(tuple(int(size) for size in detail["shape"]), np.dtype(detail["dtype"]).name)


def _check_all(what: str, given: Sequence[Tensor], expected: Sequence[TensorShape]) -> None:
    if len(given) != len(expected):
        raise ModelError(f"the network has {len(expected)} {what}s, {len(given)} were given")
    for number, (one, form) in enumerate(zip(given, expected, strict=True)):
        if not isinstance(one, np.ndarray):
            raise ModelError(f"{what} {number} is a {type(one).__name__}, not an array")
        if one.dtype != form.dtype or one.shape != form.shape:  # a foreign byte order is another type
            raise ModelError(
                f"{what} {number} is {_type_name(one.dtype)}{list(one.shape)}, not {form.dtype}{list(form.shape)}"
            )


def _type_name(dtype: np.dtype[Any]) -> str:
    return dtype.name if dtype.isnative else f"{dtype.name} of foreign byte order"


def _is_finite(values: NDArray[Any], room: NDArray[np.bool_]) -> bool:
    """Whether no value is NaN or infinite; `room` of the same shape to work in."""
    return bool(np.isfinite(values, out=room).ravel().all())
