"""What an emulated camera sees: still pictures, darkness, a picture that hangs, nothing, and a sensor's noise. Pure.

A source is a function of the camera's time. The noise is seeded: the same seed and time give the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_NOISE_SHIFTS = 256
_NOISE_STRIDE = 7919
"""256 * 256 places of the window, visited by steps of a prime: none twice within 65 seconds."""

Picture = NDArray[np.uint8]
"""uint8[H, W, 3], red first; H and W even."""


class FrameSource(Protocol):
    """A scene in front of an emulated camera."""

    def frame(self, t_ms: int) -> Picture | None:
        """The scene at `t_ms` of the camera's time, which starts at 0 and rises; None: no picture is delivered."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class StillImage:
    """One picture for ever, to the last bit: as a frozen camera or a photo file fed into a virtual one delivers it."""

    picture: Picture

    def frame(self, t_ms: int) -> Picture | None:
        """The picture."""
        return self.picture


@dataclass(frozen=True, slots=True)
class Black:
    """A covered lens without noise."""

    width: int = 640
    height: int = 480

    def frame(self, t_ms: int) -> Picture | None:
        """All zero."""
        return np.zeros((self.height, self.width, 3), np.uint8)


@dataclass(slots=True, eq=False)
class FreezesAt:
    """`source` until `freeze_ms`, then its last picture again and again."""

    source: FrameSource
    freeze_ms: int
    _last: Picture | None = None

    def frame(self, t_ms: int) -> Picture | None:
        """See the class."""
        if self._last is None or t_ms < self.freeze_ms:
            self._last = self.source.frame(t_ms)
        return self._last


@dataclass(frozen=True, slots=True)
class Nothing:
    """A camera that is open and delivers no picture."""

    def frame(self, t_ms: int) -> Picture | None:
        """None."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Noisy:
    """`source` with a sensor's noise on it: normal, `sigma` grey levels, different in every picture."""

    source: FrameSource
    sigma: float = 2.0
    seed: int = 0

    def frame(self, t_ms: int) -> Picture | None:
        """See the class."""
        picture = self.source.frame(t_ms)
        if picture is None:
            return None
        height, width = picture.shape[:2]
        field = _noise_field(height + _NOISE_SHIFTS, width + _NOISE_SHIFTS, self.sigma, self.seed)
        y, x = divmod(t_ms * _NOISE_STRIDE % _NOISE_SHIFTS**2, _NOISE_SHIFTS)
        noisy = picture + field[y : y + height, x : x + width, None]
        return np.clip(noisy, 0, 255, out=noisy).astype(np.uint8)


@lru_cache(maxsize=4)
def _noise_field(height: int, width: int, sigma: float, seed: int) -> NDArray[np.int16]:
    """Noise larger than a picture: a window that moves over it costs a tenth of drawing anew."""
    return np.random.default_rng(seed).normal(0.0, sigma, (height, width)).round().astype(np.int16)
