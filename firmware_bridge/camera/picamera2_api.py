"""Exactly what the product uses of picamera2, as protocols: the real library and its stand-in both fulfil them. Pure.

Source: picamera2 0.3.12 and later (`Picamera2`, `CompletedRequest`, `Job`); the names and shapes are that library's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

StreamConfiguration = Mapping[str, Any]
"""Of one stream: "format": str, "size": (width, height), and once configured "stride": bytes per row."""


class RequestLike(Protocol):
    """picamera2's CompletedRequest: a picture in one of the camera's few buffers."""

    def make_array(self, name: str) -> NDArray[np.uint8]:
        """A copy of the named stream's picture; of a YUV420 stream uint8[height * 3 / 2, stride]."""
        ...

    def get_metadata(self) -> Mapping[str, Any]:
        """Among others "SensorTimestamp": nanoseconds since boot at which the exposure's first row began."""
        ...

    def release(self) -> None:
        """Give the buffer back. A request that is not released is a buffer lost: with none left the camera stalls."""
        ...


class JobLike(Protocol):
    """picamera2's Job: an answer that comes with the next picture."""

    def get_result(self, timeout: float | None = None) -> RequestLike:
        """Raises TimeoutError; the job stays queued then, and its picture must still be fetched and released."""
        ...


class LibcameraLike(Protocol):
    """libcamera's Camera."""

    @property
    def id(self) -> str:
        """Where the camera hangs, such as /base/soc/i2c0mux/i2c@1/imx219@10: stable as long as it hangs there."""
        ...


class Picamera2Like(Protocol):
    """picamera2's Picamera2."""

    @property
    def camera(self) -> LibcameraLike:
        """The camera beneath, as libcamera knows it."""
        ...

    @property
    def camera_properties(self) -> Mapping[str, Any]:
        """Among others "Model": the sensor's name."""
        ...

    def create_video_configuration(
        self,
        main: StreamConfiguration,
        lores: StreamConfiguration | None,
        *,
        buffer_count: int,
        controls: Mapping[str, Any],
        queue: bool,
    ) -> dict[str, Any]:
        """A configuration for `configure`."""
        ...

    def configure(self, camera_config: dict[str, Any]) -> None:
        """Raises RuntimeError when the camera cannot do it or is started."""
        ...

    def stream_configuration(self, name: str) -> StreamConfiguration:
        """What the camera made of the request: size and stride may differ from what was asked."""
        ...

    def start(self) -> None:
        """Begin to deliver. Raises RuntimeError."""
        ...

    def stop(self) -> None:
        """Stop delivering; it can be started again."""
        ...

    def close(self) -> None:
        """Give the device up for good."""
        ...

    def capture_request(self, wait: bool) -> JobLike:
        """With `wait=False`: a job for the next picture."""
        ...
