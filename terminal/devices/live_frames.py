"""A camera's pictures while they are worth looking at. Impure: drives the camera.

A camera that hangs, repeats itself, goes back or stays black proves nothing: the frames end with a SensorError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Final

from firmware_bridge.camera.watch import FrameVerdict, FrameWatch
from firmware_bridge.contract import Camera, Frame
from firmware_bridge.errors import CameraTimedOut, SensorError

FRAME_TIMEOUT_S: Final = 0.5
"""How long to wait for one picture before looking whether anybody still wants it."""

SILENT_MAX_S: Final = 4.0
"""Without a picture for so long, a camera that was just started does not work; a Pi's needs about one second."""

BLACK_MAX_S: Final = 2.0
"""A sensor that has just been started finds its exposure in under a second; darkness for longer is a covered lens."""


CHECK_FRAMES: Final = 4
"""Pictures in a check: one more than a frozen camera can hide behind."""


class CameraNotLiveError(SensorError):
    """The camera delivers pictures, and they are not of anything that is there now."""


def live_frames(camera: Camera, check: Callable[[], None]) -> closing[Generator[Frame, None, None]]:
    """A context: opens `camera` at the first of its frames, which come in order, and closes it at the end.

    `check` is asked between frames and may raise to end it.

    The frames raise SensorError: no camera, no pictures, or pictures that are not live.
    """
    return closing(_frames(camera, check))


def check_camera(camera: Camera) -> Frame:
    """The last of a few pictures, if all are live; `camera` is closed afterwards. Raises SensorError as above."""
    with live_frames(camera, lambda: None) as frames:
        for _ in range(CHECK_FRAMES - 1):
            next(frames)
        return next(frames)


def _frames(camera: Camera, check: Callable[[], None]) -> Generator[Frame, None, None]:
    camera.open()
    try:
        watch = FrameWatch()
        heard_s, black_s = time.monotonic(), None
        while True:
            check()
            try:
                frame = camera.read(FRAME_TIMEOUT_S)
            except CameraTimedOut:
                if time.monotonic() - heard_s > SILENT_MAX_S:
                    raise
                continue
            heard_s = time.monotonic()
            verdict = watch.see(frame)
            if verdict is FrameVerdict.BLACK:
                black_s = heard_s if black_s is None else black_s
                if heard_s - black_s <= BLACK_MAX_S:
                    continue
            if verdict is not FrameVerdict.FINE:
                raise CameraNotLiveError(f"{camera.identity}: its pictures are {verdict.value}")
            black_s = None
            yield frame
    finally:
        camera.close()
