"""A webcam as a `Camera`, through OpenCV and V4L2: the latest picture, never one from a queue.

A thread of its own takes every picture as it comes and keeps the newest; who is slow misses some. When pictures stop,
the thread opens the device anew, after looking again which camera it is. Impure: a thread, the device, the clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.camera_rule import CameraIdentity, CameraRule
from firmware_bridge.camera.frames import rgb_to_i420
from firmware_bridge.camera.sysfs import inspect
from firmware_bridge.contract import Frame
from firmware_bridge.errors import CameraRefused, CameraTimedOut, SensorError, SensorNotFound, SensorUnplugged

DEFAULT_SIZE: Final = (640, 480)
DEFAULT_FPS: Final = 30

RESTART_PAUSE_S: Final = 0.5
"""Between two tries to open a camera whose pictures stopped: one that was plugged in again needs about a second."""
STOP_TIMEOUT_S: Final = 2.0
"""OpenCV waits for a silent device for 10 s; whoever closes it does not."""
STAMP_BEHIND_MAX_MS: Final = 1_000
STAMP_AHEAD_MAX_MS: Final = 50
"""A driver's time stamp this far from now is of another clock, and when the picture came is better."""

Inspect = Callable[[], tuple[Path, CameraIdentity]]
"""Which node, and which camera it is now. Raises SensorNotFound, CameraRefused."""


class CaptureLike(Protocol):
    """What is used of OpenCV's VideoCapture."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name
    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, NDArray[np.uint8] | None]: ...
    def get(self, property_id: int, /) -> float: ...
    def set(self, property_id: int, value: float, /) -> bool: ...
    def release(self) -> None: ...


class _BusyError(SensorNotFound):
    """The camera is there, and does not open now."""


class V4l2Camera:
    """A `Camera` over a V4L2 device. `open`, `read` and `close` are called from one thread."""

    def __init__(
        self,
        device: str,
        rule: CameraRule,
        *,
        size: tuple[int, int] = DEFAULT_SIZE,
        fps: int = DEFAULT_FPS,
        look: Inspect | None = None,
        start: Callable[[str], CaptureLike] | None = None,
    ) -> None:
        """`device`: /dev/video0, or a stable name that links to one. `look` says which camera is there, sysfs unless
        something else is given; `start` opens a node, OpenCV's V4L2 unless something else is given."""
        self._device = device
        self._rule = rule
        self._size, self._fps = size, fps
        self._look = look or (lambda: inspect(Path(device)))
        self._start = start or _opencv
        self._camera: CameraIdentity | None = None
        self._grabber: _Grabber | None = None
        self._sequence = 0

    @property
    def identity(self) -> str:
        """The camera's name and key, once it was opened."""
        return f"webcam at {self._device}, not opened" if self._camera is None else str(self._camera)

    def open(self) -> None:
        """See `Camera.open`. Raises CameraRefused for a camera that must not be used, also for another than the first
        that this object opened."""
        if self._grabber is not None:
            if self._grabber.works:
                return
            self.close()
        if self._grabber is not None:
            raise SensorNotFound(f"{self.identity} does not let go: unplug it and plug it in again")
        self._grabber = _Grabber(self._started())

    def read(self, timeout_s: float) -> Frame:
        """See `Camera.read`. Raises SensorUnplugged, CameraRefused when the camera changed while it was open."""
        if self._grabber is None:
            raise SensorError(f"{self.identity}: read before open")
        taken = self._grabber.latest(timeout_s)
        if taken is None:
            raise CameraTimedOut(f"{self.identity}: no picture within {timeout_s:g} s")
        picture, t_ms = taken
        height, width = (side - side % 2 for side in picture.shape[:2])
        frame = Frame(self._sequence, t_ms, rgb_to_i420(picture[:height, :width, ::-1]))
        self._sequence += 1
        return frame

    def close(self) -> None:
        """See `Camera.close`. A device that hangs is left to its own thread, which gives it back when it can."""
        if self._grabber is not None and self._grabber.stop():
            self._grabber = None

    def _started(self) -> Callable[[], CaptureLike]:
        """Opens the device now, so that what is wrong is said now, and returns how to open it: this, then anew."""
        ready: list[CaptureLike] = [self._opened()]
        return lambda: ready.pop() if ready else self._opened()

    def _opened(self) -> CaptureLike:
        node, camera = self._look()
        self._rule.check(camera)
        if self._camera is not None and camera.key != self._camera.key:
            raise CameraRefused(
                f"the camera was exchanged: {camera} is there, and it was {self._camera}. If that was you, start the "
                "terminal again"
            )
        self._camera = camera
        capture = self._start(str(node))
        if not capture.isOpened():
            capture.release()
            raise _BusyError(f"{camera} cannot be opened: does another program use it, is this user in group video?")
        for setting, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, self._size[0]),
            (cv2.CAP_PROP_FRAME_HEIGHT, self._size[1]),
            (cv2.CAP_PROP_FPS, self._fps),
        ):
            capture.set(setting, value)  # what the camera cannot do it leaves; any size will do
        return capture


class _Grabber:
    """The thread that takes every picture and keeps the newest that nobody has seen."""

    def __init__(self, start: Callable[[], CaptureLike]) -> None:
        self._start = start
        self._news = threading.Condition()
        self._newest: tuple[NDArray[np.uint8], int] | None = None
        self._error: SensorError | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webcam", daemon=True)
        self._thread.start()

    @property
    def works(self) -> bool:
        """Whether pictures may still come."""
        return self._thread.is_alive() and not self._stopping.is_set()

    def latest(self, timeout_s: float) -> tuple[NDArray[np.uint8], int] | None:
        """The newest picture, blue first, and when it was exposed in ms; None where no new one comes in time.

        Raises the error that ended the thread.
        """
        with self._news:
            self._news.wait_for(lambda: self._newest is not None or self._error is not None, timeout_s)
            taken, self._newest = self._newest, None
            if taken is None and self._error is not None:
                raise self._error
            return taken

    def stop(self) -> bool:
        """Ends the thread; whether it has ended."""
        self._stopping.set()
        self._thread.join(STOP_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._deliver()
                self._stopping.wait(RESTART_PAUSE_S)
        except SensorError as error:
            with self._news:
                self._error = error
                self._news.notify_all()

    def _deliver(self) -> None:
        """Pictures until they stop; a camera that is busy for the moment is tried again by `_run`."""
        try:
            capture = self._start()
        except _BusyError:
            return
        except SensorNotFound as error:
            raise SensorUnplugged(f"the webcam is gone: plug it in again ({error})") from error
        try:
            own_stamps: bool | None = None
            while not self._stopping.is_set() and capture.grab():
                now_ms = time.monotonic_ns() // 1_000_000
                got, picture = capture.retrieve()
                if not got or picture is None:
                    return
                stamp_ms = int(capture.get(cv2.CAP_PROP_POS_MSEC))
                if own_stamps is None:  # once: two clocks in one stream would go back and forth
                    own_stamps = -STAMP_BEHIND_MAX_MS <= stamp_ms - now_ms <= STAMP_AHEAD_MAX_MS
                self._keep(picture, stamp_ms if own_stamps else now_ms)
        except cv2.error:
            return  # a picture that was cut short: the stream begins anew
        finally:
            capture.release()

    def _keep(self, picture: NDArray[np.uint8], t_ms: int) -> None:
        with self._news:
            self._newest = (picture, t_ms)
            self._news.notify_all()


def _opencv(node: str) -> CaptureLike:
    """By V4L2 and by nothing else: other backends of OpenCV open files and network streams by such a name."""
    return cast(CaptureLike, cv2.VideoCapture(node, cv2.CAP_V4L2))
