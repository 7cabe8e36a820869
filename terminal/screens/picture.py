"""A picture of the window as it is drawn now. Impure: draws the window, reads its pixels, writes a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glFinish, glReadPixels
from numpy.typing import NDArray

from terminal.errors import TerminalError


class PictureError(TerminalError):
    """No picture could be taken; the message says why."""


def window_pixels() -> NDArray[np.uint8]:
    """uint8[H, W, 3] RGB of the whole window, with every change of this moment laid out and drawn. Raises PictureError.

    Draws first: what lies in the buffer before the first frame, or after a flip, is undefined.
    """
    window = EventLoop.window
    if window is None:
        raise PictureError("no window is open")
    Clock.tick_draw()
    window.dispatch("on_draw")
    glFinish()
    width, height = window.size
    data = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    pixels = np.frombuffer(data, dtype=np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(pixels[::-1, :, :3])


def capture_window(path: Path) -> None:
    """Write the window as PNG, making the folder where needed; whoever reads `path` finds a whole picture or none.

    To be called on Kivy's thread. Raises PictureError.
    """
    encoded, png = cv2.imencode(".png", cv2.cvtColor(window_pixels(), cv2.COLOR_RGB2BGR))
    if not encoded:
        raise PictureError(f"cannot make a PNG of the window for {path}")
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(png.tobytes())
        part.replace(path)
    except OSError as refused:
        with suppress(OSError):  # what is left of it is of no more use than what could not be written
            part.unlink()
        raise PictureError(f"cannot write {path}: {refused.strerror}") from refused
