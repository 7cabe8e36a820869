"""A recording as a `Camera`, in test mode only: in real time as a camera delivers it, or as fast as it is asked.

In real time a slow consumer gets the latest picture and never a queue. At the recording's end no more pictures come,
as from a camera that stopped. Impure: reads files, asks the clock, waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware_bridge.camera.camera_rule import CameraIdentity, CameraRule
from firmware_bridge.camera.frames import rgb_to_i420
from firmware_bridge.camera.recording import FOLDER_FPS, Taken, recorded
from firmware_bridge.contract import Frame
from firmware_bridge.errors import CameraTimedOut, SensorError


class ReplayCamera:
    """A `Camera` over the video or folder at `path`, from its beginning at each `open`."""

    def __init__(
        self,
        path: Path,
        rule: CameraRule,
        *,
        real_time: bool = True,
        fps: float = FOLDER_FPS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`rule` must allow virtual cameras. `fps`: of a folder's pictures; a video has its own."""
        self._path = path
        self._rule = rule
        self._real_time = real_time
        self._fps = fps
        self._clock, self._sleep = clock, sleep
        self._pictures: Iterator[Taken] | None = None
        self._ahead: Taken | None = None
        self._began_s = 0.0
        self._sequence = 0

    @property
    def identity(self) -> str:
        """The recording's name."""
        return f"recording {self._path.name}"

    def open(self) -> None:
        """See `Camera.open`. Raises CameraRefused outside test mode."""
        if self._pictures is not None:
            return
        self._rule.check(CameraIdentity("file", str(self._path), self.identity, made_of="a recording"))
        self._pictures = recorded(self._path, self._fps)
        self._ahead = next(self._pictures, None)
        self._began_s = self._clock()

    def read(self, timeout_s: float) -> Frame:
        """See `Camera.read`; the times are those of the recording, counted from `open`. Raises SensorCorrupt."""
        if self._pictures is None:
            raise SensorError(f"{self.identity}: read before open")
        if self._ahead is None:
            if self._real_time:
                self._sleep(timeout_s)
            raise CameraTimedOut(f"{self.identity} is over")
        if self._real_time:
            self._wait(self._ahead[0], timeout_s)
        t_ms, picture = self._latest(self._pictures, self._ahead)
        height, width = (side - side % 2 for side in picture.shape[:2])
        frame = Frame(self._sequence, round(self._began_s * 1000) + t_ms, rgb_to_i420(picture[:height, :width, ::-1]))
        self._sequence += 1
        return frame

    def close(self) -> None:
        """See `Camera.close`."""
        self._pictures = self._ahead = None

    def _wait(self, due_ms: int, timeout_s: float) -> None:
        """Until the next picture is due. Raises CameraTimedOut."""
        left_s = self._began_s + due_ms / 1000 - self._clock()
        if left_s > timeout_s:
            self._sleep(timeout_s)
            raise CameraTimedOut(f"{self.identity}: no picture within {timeout_s:g} s")
        if left_s > 0:
            self._sleep(left_s)

    def _latest(self, pictures: Iterator[Taken], taken: Taken) -> Taken:
        """The newest picture that is due, and the one after it is kept ahead."""
        passed_ms = (self._clock() - self._began_s) * 1000
        self._ahead = next(pictures, None)
        while self._real_time and self._ahead is not None and self._ahead[0] <= passed_ms:
            taken, self._ahead = self._ahead, next(pictures, None)
        return taken
