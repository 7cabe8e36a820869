"""What the rest of the product knows of a sensor: frames, finger images, and one small protocol per device.

Pure, apart from `Frame.rgb`, which lets OpenCV convert colours (no state, no I/O). It knows no device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.frames import check_i420, i420_luma, i420_to_rgb


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a camera, as the camera made it.

    `sequence` rises by one per picture that was read, from 0, also over `close` and `open`; `t_ms` is monotonic and
    says when it was exposed (its zero point is arbitrary: only differences mean anything); `i420` is
    uint8[H*3/2, W], planar YUV 4:2:0 of BT.601 in video range, W and H even. Raises ValueError when the
    array is not that.
    """

    sequence: int
    t_ms: int
    i420: NDArray[np.uint8]

    def __post_init__(self) -> None:
        check_i420(self.i420)

    @property
    def width(self) -> int:
        """Pixels per row."""
        return int(self.i420.shape[1])

    @property
    def height(self) -> int:
        """Rows of the picture (not of the planar array)."""
        return int(self.i420.shape[0]) * 2 // 3

    @property
    def luma(self) -> NDArray[np.uint8]:
        """The Y plane, uint8[H, W]: a view, no copy."""
        return i420_luma(self.i420)

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The picture as uint8[H, W, 3], red first: converted anew at each call (0.14 ms at 640x480)."""
        return i420_to_rgb(self.i420)


@dataclass(frozen=True, slots=True, eq=False)
class FingerImage:
    """One impression: `pixels` uint8[H, W], ridges dark, and the sensor's resolution in dots per inch."""

    pixels: NDArray[np.uint8]
    dpi: int


class Light(StrEnum):
    """What a reader's light says to the person in front of it."""

    READY = "ready"
    READING = "reading"
    GOOD = "good"
    TRY_AGAIN = "try_again"
    STOP = "stop"
    OFF = "off"


class Camera(Protocol):
    """A camera that delivers the latest picture. One consumer; `read` is called from one thread."""

    @property
    def identity(self) -> str:
        """Which device this is, for logs and screens: model and number, stable while it is open."""
        ...

    def open(self) -> None:
        """Start delivering. Raises SensorNotFound when there is no camera or no driver for it, CameraRefused when there
        is one that must not be used."""
        ...

    def read(self, timeout_s: float) -> Frame:
        """The next picture. Raises CameraTimedOut when none comes in time, another SensorError."""
        ...

    def close(self) -> None:
        """Stop delivering; `open` starts again. Calling it again does nothing."""
        ...


class FingerprintReader(Protocol):
    """A fingerprint reader that hands out images. Used from one thread."""

    @property
    def identity(self) -> str:
        """Which device this is, for logs and screens: model, number and port."""
        ...

    def capture(
        self,
        *,
        timeout_s: float,
        resting: Callable[[], None] | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FingerImage:
        """Wait for a finger that is placed AFTER this call, read it, and return the image.

        A finger that rests on the reader from before must be lifted first: `resting` hears it at every look that
        sees it. `timeout_s` bounds the wait for the finger; the transfer that follows has a deadline of its own.
        `progress` hears 0.0 to 1.0 while the image travels; `cancelled` is asked between two looks and between two
        packets. Raises CaptureTimedOut, CaptureCancelled, or another SensorError.
        """
        ...

    def signal(self, light: Light) -> None:
        """Show `light` until the next call. Raises SensorError."""
        ...

    def close(self) -> None:
        """Release the port; calling it again does nothing."""
        ...
