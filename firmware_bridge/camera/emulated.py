"""A stand-in for picamera2 where libcamera is missing: same methods, same shapes, same errors, fed by a `FrameSource`.

It keeps what the product can observe of the real library: a few buffers that must be released or the camera stalls,
rows that are padded to a stride, metadata with the sensor's time, pictures that are missed when nobody asks, jobs that
stay queued after a time-out. It renders only pictures that somebody fetches: the others cannot be observed.

Impure: asks the clock and waits, in the thread of whoever fetches a picture. It has no thread of its own.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.frames import rgb_to_i420
from firmware_bridge.camera.picamera2_api import StreamConfiguration
from firmware_bridge.camera.sources import FrameSource, Picture

EMULATED_ID = "emulated"
"""What libcamera calls a camera that is real begins with its place in the device tree; this one has none."""

AS_FAST_AS_ASKED = math.inf
"""`speed` at which no picture waits for its time."""

STRIDE_ALIGNMENT = 64
"""Row lengths are multiples of this on the Pi's hardware."""

STRIDE_PADDING = 64
"""So many bytes more, always: real hardware pads some widths only, and then forgetting to crop shows too late."""

_YUV_FORMATS = frozenset({"YUV420"})
_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
_NOTHING_PAUSE_S = 0.005
"""How long to wait before looking again at a source that delivers nothing, where no picture waits for its time."""


@dataclass(frozen=True, slots=True)
class EmulatedLibcamera:
    """libcamera's `Camera`, as far as the product looks at it."""

    id: str = EMULATED_ID


class EmulatedPicamera2:
    """`Picamera2` with `source` in front of its lens. `speed` 1.0 is real time, 4.0 is four times as fast."""

    def __init__(self, source: FrameSource, *, fps: int = 20, speed: float = 1.0, camera_id: str = EMULATED_ID) -> None:
        if fps <= 0 or speed <= 0:
            raise ValueError(f"fps and speed are above zero, not {fps} and {speed}")
        self.camera = EmulatedLibcamera(camera_id)
        self._source = source
        self._fps = fps
        self._speed = speed
        self._config: dict[str, Any] | None = None
        self._changed = threading.Condition()
        self._started = False
        self._stop_count = 0
        self._free_buffers = 0
        self._start_s = 0.0
        self._first_start_ns = 0
        self._base_ns = 0
        self._next_index = 0

    @property
    def camera_properties(self) -> Mapping[str, Any]:
        """As of a camera that calls itself emulated."""
        return {"Model": "emulated"}

    def create_video_configuration(
        self,
        main: StreamConfiguration,
        lores: StreamConfiguration | None = None,
        *,
        buffer_count: int = 6,
        controls: Mapping[str, Any] | None = None,
        queue: bool = True,
    ) -> dict[str, Any]:
        """Raises ValueError for a key that a stream does not have; sizes are made even, as by the library."""
        return {
            "use_case": "video",
            "buffer_count": buffer_count,
            "queue": queue,
            "main": _stream({"format": "XBGR8888", "size": (1280, 720)}, main),
            "lores": None if lores is None else _stream({"format": "YUV420", "size": main["size"]}, lores),
            "controls": dict(controls or {}),
        }

    def configure(self, camera_config: dict[str, Any]) -> None:
        """Raises RuntimeError, in the library's words, for what it refuses."""
        if self._started:
            raise RuntimeError("Camera must be stopped before configuring")
        main, lores = camera_config["main"], camera_config["lores"]
        if lores is not None:
            if lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]:
                raise RuntimeError("lores stream dimensions may not exceed main stream")
            if lores["format"] not in _YUV_FORMATS:
                raise RuntimeError("lores stream must be YUV")
        self._config = {
            **camera_config,
            "main": _with_stride(main),
            "lores": None if lores is None else _with_stride(lores),
        }

    def stream_configuration(self, name: str = "main") -> StreamConfiguration:
        """With the stride. Raises TypeError before `configure`, as the library does."""
        return self._config[name]  # type: ignore[index, no-any-return]

    def start(self) -> None:
        """Raises RuntimeError when it was not configured. Starting twice does nothing."""
        if self._config is None:
            raise RuntimeError("Camera has not been configured")
        with self._changed:
            if self._started:
                return
            self._free_buffers = self._config["buffer_count"]
            self._set_clock()
            self._started = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Requests that are still held are lost to the camera, not to who holds them."""
        with self._changed:
            self._started = False
            self._stop_count += 1

    def close(self) -> None:
        """Stop, and forget the configuration."""
        self.stop()
        self._config = None

    def capture_request(self, wait: bool = True) -> EmulatedJob:
        """A job for the next picture. The library also waits here; the product does not, and so nor does this."""
        if wait:
            raise NotImplementedError("capture_request(wait=True) cannot time out: use wait=False")
        return EmulatedJob(self)

    def complete_request(self, deadline_s: float) -> EmulatedRequest:
        """For the job: wait for a free buffer and the next picture. Raises TimeoutError at `deadline_s`."""
        while True:
            stop_count = self._take_buffer(deadline_s)
            index = self._wait_for_picture(deadline_s)
            t_ns = self._base_ns + index * _NS_PER_S // self._fps
            picture = None if index < 0 else self._source.frame(t_ns // _NS_PER_MS)
            if picture is not None and self._config is not None:
                return EmulatedRequest(self, self._config, picture, self._first_start_ns + t_ns, stop_count)
            self.recycle(stop_count)
            if time.monotonic() >= deadline_s:
                raise TimeoutError
            time.sleep(_NOTHING_PAUSE_S)

    def recycle(self, stop_count: int) -> None:
        """For the request: a buffer comes back, unless the camera was stopped since it was handed out."""
        with self._changed:
            if stop_count == self._stop_count:
                self._free_buffers += 1
                self._changed.notify_all()

    def _set_clock(self) -> None:
        """The scene's time is 0 at the first start and goes on while the camera is stopped."""
        now_ns = time.monotonic_ns()
        if not self._first_start_ns:
            self._first_start_ns = now_ns
        next_ns = self._base_ns + self._next_index * _NS_PER_S // self._fps
        gone_ns = now_ns - self._first_start_ns
        self._base_ns = max(next_ns, int(gone_ns * self._speed)) if math.isfinite(self._speed) else next_ns
        self._start_s = time.monotonic()
        self._next_index = 0

    def _take_buffer(self, deadline_s: float) -> int:
        with self._changed:
            while not (self._started and self._free_buffers):
                if not self._changed.wait(_left_s(deadline_s)):
                    raise TimeoutError
            self._free_buffers -= 1
            return self._stop_count

    def _wait_for_picture(self, deadline_s: float) -> int:
        """The number of the next picture, once it is due; -1 when that is after `deadline_s`."""
        elapsed_s = time.monotonic() - self._start_s
        index = self._next_index
        if math.isfinite(self._speed):
            index = max(index, math.ceil(elapsed_s * self._speed * self._fps))
            due_s = self._start_s + index / (self._fps * self._speed)
            if due_s > deadline_s:
                time.sleep(_left_s(deadline_s))
                return -1
            time.sleep(_left_s(due_s))
        self._next_index = index + 1
        return index


class EmulatedJob:
    """`Job`: keeps its request for whoever asks again."""

    def __init__(self, camera: EmulatedPicamera2) -> None:
        self._camera = camera
        self._request: EmulatedRequest | None = None

    def get_result(self, timeout: float | None = None) -> EmulatedRequest:
        """Raises TimeoutError; without a `timeout` waits for ever, as the library does."""
        if self._request is None:
            limit_s = threading.TIMEOUT_MAX if timeout is None else timeout
            self._request = self._camera.complete_request(time.monotonic() + limit_s)
        return self._request


class EmulatedRequest:
    """`CompletedRequest`: one picture, held until it is released."""

    def __init__(
        self, camera: EmulatedPicamera2, config: Mapping[str, Any], picture: Picture, t_ns: int, stop_count: int
    ) -> None:
        self._camera = camera
        self._config: Mapping[str, Any] | None = config
        self._picture = picture
        self._t_ns = t_ns
        self._stop_count = stop_count

    def make_array(self, name: str) -> NDArray[np.uint8]:
        """Raises RuntimeError for a stream that is not there or a format that the stand-in does not have."""
        config = self._held()
        if config.get(name) is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        stream = config[name]
        picture = _resized(self._picture, stream["size"])
        match stream["format"]:
            case "YUV420":
                return _padded(rgb_to_i420(picture), stream["stride"])
            case "RGB888":  # the library's name for blue first in memory
                return np.ascontiguousarray(picture[:, :, ::-1])
            case "BGR888":
                return picture.copy()
            case other:
                raise RuntimeError(f"Format {other} not supported")

    def get_metadata(self) -> dict[str, Any]:
        """The entries that the product reads."""
        self._held()
        return {"SensorTimestamp": self._t_ns}

    def release(self) -> None:
        """Raises RuntimeError, in the library's words, when it was released before."""
        if self._config is None:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._config = None
        self._camera.recycle(self._stop_count)

    def _held(self) -> Mapping[str, Any]:
        if self._config is None:
            raise AssertionError("the request was released")  # the library asserts the same
        return self._config


def _stream(defaults: dict[str, Any], wanted: StreamConfiguration) -> dict[str, Any]:
    for key in wanted:
        if key not in defaults:
            valid = tuple(defaults)
            raise ValueError(f"Bad key {key!r}: valid stream configuration keys are {valid}")
    stream = {**defaults, **wanted}
    width, height = stream["size"]
    stream["size"] = (width - width % 2, height - height % 2)
    return stream


def _with_stride(stream: Mapping[str, Any]) -> dict[str, Any]:
    aligned = -(-stream["size"][0] // STRIDE_ALIGNMENT) * STRIDE_ALIGNMENT
    return {**stream, "stride": aligned + STRIDE_PADDING}


def _padded(i420: NDArray[np.uint8], stride: int) -> NDArray[np.uint8]:
    """The planes one after the other in rows of `stride` (luma) and half of it (chroma), as libcamera lays them."""
    rows, width = i420.shape
    height = rows * 2 // 3
    padded = np.zeros((rows, stride), np.uint8)
    padded[:height, :width] = i420[:height]
    padded[height:].reshape(height, stride // 2)[:, : width // 2] = i420[height:].reshape(height, width // 2)
    return padded


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _left_s(deadline_s: float) -> float:
    return min(threading.TIMEOUT_MAX, max(0.0, deadline_s - time.monotonic()))
