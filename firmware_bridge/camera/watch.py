"""Notices a camera that lies: the same picture again and again, darkness, pictures from the past. Pure.

A real sensor's noise changes every picture: equal ones come from a driver that hangs, a file or a loop.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from zlib import crc32

from firmware_bridge.camera.frames import LUMA_BLACK
from firmware_bridge.contract import Frame

GRID_STEP = 8
"""Every eighth pixel of every eighth row: 4,800 of a 640x480 picture, 0.01 ms to look at."""

FROZEN_AFTER = 3
"""So many equal pictures in a row are frozen: drivers do deliver one twice when the light changes."""

REPEAT_WINDOW = 150
"""Pictures remembered, five seconds at 30 per second: a loop that is longer is not noticed here."""

BLACK_LUMA_MAX = LUMA_BLACK + 8
"""Mean luma up to which a picture is black: video range's black and a sensor's dark noise."""


class FrameVerdict(StrEnum):
    """What a frame looks like beside those before it; the first that applies, in this order."""

    BACKWARDS = "backwards"
    BLACK = "black"
    FROZEN = "frozen"
    REPEATED = "repeated"
    FINE = "fine"


class FrameWatch:
    """Sees the frames of one camera in order; one watch per capture."""

    def __init__(self, *, frozen_after: int = FROZEN_AFTER) -> None:
        if frozen_after < 2:
            raise ValueError(f"frozen takes at least 2 equal pictures, not {frozen_after}")
        self._frozen_after = frozen_after
        self._marks: deque[int] = deque(maxlen=REPEAT_WINDOW)
        self._equal_run = 1
        self._last: tuple[int, int] | None = None

    def see(self, frame: Frame) -> FrameVerdict:
        """Take the next frame and say what is wrong with it, FINE if nothing is."""
        grid = frame.luma[::GRID_STEP, ::GRID_STEP]
        mark = crc32(grid.tobytes())
        before = self._marks[-1] if self._marks else None
        looped = mark != before and mark in self._marks
        self._equal_run = self._equal_run + 1 if mark == before else 1
        backwards = self._last is not None and not (frame.sequence > self._last[0] and frame.t_ms > self._last[1])
        self._marks.append(mark)
        self._last = (frame.sequence, frame.t_ms)
        if backwards:
            return FrameVerdict.BACKWARDS
        if float(grid.mean()) <= BLACK_LUMA_MAX:
            return FrameVerdict.BLACK
        if self._equal_run >= self._frozen_after:
            return FrameVerdict.FROZEN
        return FrameVerdict.REPEATED if looped else FrameVerdict.FINE
