"""The Raspberry Pi's camera as a `Camera`: the one class that wraps picamera2.

One Picamera2 object for this object's life, because making it anew leaks memory (picamera2#958, #887, #1125): `close`
stops it and `open` starts it again; `release` gives the device up. Impure: drives the camera, asks the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from firmware_bridge.camera.camera_rule import CameraIdentity, CameraRule, libcamera_identity
from firmware_bridge.camera.frames import crop_stride
from firmware_bridge.camera.picamera2_api import JobLike, Picamera2Like, RequestLike
from firmware_bridge.contract import Frame
from firmware_bridge.errors import CameraTimedOut, SensorError, SensorNotFound

DEFAULT_SIZE = (640, 480)
DEFAULT_FPS = 30

BUFFER_COUNT = 4
"""Enough that one is always being exposed while one is held, read out and queued; more only costs memory."""

STREAM = "lores"
"""The models' stream. A Pi 4 delivers no other format than YUV here, and YUV is what they want."""

STREAM_FORMAT = "YUV420"

_US_PER_S = 1_000_000
_NS_PER_MS = 1_000_000


class Picamera2Camera:
    """A `Camera` over picamera2. Used from one thread."""

    def __init__(
        self,
        factory: Callable[[], Picamera2Like] | None = None,
        *,
        rule: CameraRule = CameraRule(),  # noqa: B008 - frozen
        size: tuple[int, int] = DEFAULT_SIZE,
        fps: int = DEFAULT_FPS,
    ) -> None:
        """`factory` makes the Picamera2 object at the first `open`; without one the real library does. `rule`: which
        cameras may be used; real ones unless it says more."""
        self._factory = factory or _real_picamera2
        self._rule = rule
        self._size = size
        self._fps = fps
        self._camera: Picamera2Like | None = None
        self._job: JobLike | None = None
        self._configured = False
        self._started = False
        self._sequence = 0
        self._width, self._height = size

    @property
    def identity(self) -> str:
        """The sensor's name, as the driver tells it, and where it hangs."""
        if self._camera is None:
            return "Raspberry Pi camera, not opened"
        return f"Raspberry Pi camera {_identity_of(self._camera)}"

    def open(self) -> None:
        """See `Camera.open`. Opening an open camera does nothing."""
        if self._started:
            return
        try:
            if self._camera is None:
                self._camera = self._factory()
            self._rule.check(_identity_of(self._camera))
            if not self._configured:
                self._configure(self._camera)
            self._camera.start()
        except (RuntimeError, OSError, IndexError) as error:  # what picamera2 raises without a camera: IndexError
            raise SensorNotFound(f"the camera cannot be started: {error}: check its cable") from error
        self._started = True

    def read(self, timeout_s: float) -> Frame:
        """See `Camera.read`: the next picture to be completed, never one from a queue."""
        if self._camera is None or not self._started:
            raise SensorError(f"{self.identity}: read before open")
        if self._job is None:
            self._job = self._camera.capture_request(wait=False)
        try:
            request = self._job.get_result(timeout=timeout_s)
        except TimeoutError as error:  # the job stays queued in picamera2: the next read waits for the same one
            raise CameraTimedOut(f"{self.identity}: no picture within {timeout_s:g} s") from error
        except RuntimeError as error:
            self._job = None
            raise SensorError(f"{self.identity}: {error}") from error
        self._job = None
        try:
            return self._frame(request)
        finally:
            request.release()

    def close(self) -> None:
        """See `Camera.close`."""
        if self._camera is not None and self._started:
            self._started = False
            self._camera.stop()

    def release(self) -> None:
        """Give the device up for good; the process cannot open it again through this object."""
        self.close()
        if self._camera is not None:
            self._camera.close()
            self._camera = None
            self._job = None
            self._factory = _released

    def _configure(self, camera: Picamera2Like) -> None:
        """One configuration: both streams in YUV, so that picamera2 chooses BT.601 in video range for both."""
        stream = {"size": self._size, "format": STREAM_FORMAT}
        frame_us = _US_PER_S // self._fps
        camera.configure(
            camera.create_video_configuration(
                main=dict(stream),
                lores=dict(stream),
                buffer_count=BUFFER_COUNT,
                controls={"FrameDurationLimits": (frame_us, frame_us)},
                queue=False,
            )
        )
        self._width, self._height = camera.stream_configuration(STREAM)["size"]
        self._configured = True

    def _frame(self, request: RequestLike) -> Frame:
        try:
            i420 = crop_stride(request.make_array(STREAM), self._width, self._height)
        except ValueError as error:
            raise SensorError(f"{self.identity}: {error}") from error
        frame = Frame(self._sequence, _time_ms(request), i420)
        self._sequence += 1
        return frame


def _identity_of(camera: Picamera2Like) -> CameraIdentity:
    return libcamera_identity(camera.camera.id, str(camera.camera_properties.get("Model", "of unknown model")))


def _time_ms(request: RequestLike) -> int:
    """When the picture was exposed; where the driver does not say, when it arrived (a few frames later)."""
    sensor_ns = request.get_metadata().get("SensorTimestamp")
    return (int(sensor_ns) if sensor_ns is not None else time.monotonic_ns()) // _NS_PER_MS


def _real_picamera2() -> Picamera2Like:
    """Raises SensorNotFound where the library is missing: it comes with Raspberry Pi OS, not from PyPI."""
    try:
        from picamera2 import Picamera2  # late: it exists on a Raspberry Pi only
    except ImportError as error:
        raise SensorNotFound(
            "picamera2 is not installed: on Raspberry Pi OS run `apt install python3-picamera2` and make the virtual "
            "environment with --system-site-packages; elsewhere choose another camera"
        ) from error
    return cast(Picamera2Like, Picamera2())


def _released() -> Picamera2Like:
    raise SensorNotFound("this camera was released: make a new object, best in a new process")
