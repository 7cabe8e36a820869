"""What stands before an emulated camera in an attack: it shows pictures over time and may do what it is told. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from firmware_bridge.camera.puppet import SensorNoise
from firmware_bridge.camera.sources import FrameSource, Picture


class Performer(FrameSource, Protocol):
    """A scene that can be told what the terminal asks for."""

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Do `action` from `at_ms` on, or not, and keep it while `held`; returns when it is over, in ms."""
        ...

    def release(self, at_ms: int) -> None:
        """Come back from what is kept."""
        ...


class Passive:
    """Any source as a performer that does nothing it is told, seen by a sensor with noise of its own."""

    def __init__(self, source: FrameSource, *, seed: int = 0, width: int = 640, height: int = 480) -> None:
        self._source = source
        self._noise = SensorNoise(width, height, seed)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Nothing happens, at once."""
        return at_ms

    def release(self, at_ms: int) -> None:
        """It holds nothing."""

    def frame(self, t_ms: int) -> Picture | None:
        """The source's picture with the noise of the moment."""
        picture = self._source.frame(t_ms)
        return None if picture is None else self._noise.onto(picture, t_ms)


class InTurn:
    """`first` until `change_ms`, then `second`: a cut in a clip, or somebody else who steps in. Both are told."""

    def __init__(self, first: Performer, second: Performer, change_ms: int) -> None:
        self._both = (first, second)
        self._change_ms = change_ms

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Both do it."""
        return max(one.perform(action, at_ms, slowness=slowness, held=held) for one in self._both)

    def release(self, at_ms: int) -> None:
        """Both come back."""
        for one in self._both:
            one.release(at_ms)

    def frame(self, t_ms: int) -> Picture | None:
        """See the class."""
        return self._both[t_ms >= self._change_ms].frame(t_ms)


class Retimed:
    """`source` with another course of time: repeated, backwards, slow, from somewhere else."""

    def __init__(self, source: FrameSource, time_of: Callable[[int], int]) -> None:
        self._source, self._time_of = source, time_of

    def frame(self, t_ms: int) -> Picture | None:
        """The source at the time that `time_of` makes of `t_ms`."""
        return self._source.frame(self._time_of(t_ms))


def repeated(length_ms: int) -> Callable[[int], int]:
    """The first `length_ms` again and again."""
    return lambda t_ms: t_ms % length_ms


def to_and_fro(length_ms: int) -> Callable[[int], int]:
    """The first `length_ms` forwards, then backwards, and again: a loop without a seam."""

    def time_of(t_ms: int) -> int:
        into_ms = t_ms % (2 * length_ms)
        return min(into_ms, 2 * length_ms - into_ms)

    return time_of


def backwards(from_ms: int) -> Callable[[int], int]:
    """From `from_ms` back to 0, and from the end again."""
    return lambda t_ms: from_ms - t_ms % (from_ms + 1)
