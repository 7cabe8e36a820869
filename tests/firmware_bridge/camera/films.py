"""A film before OpenCV: its own VideoCapture on a real file, that comes when the test lets it, and can fail.

There is no V4L2 device where tests run (it takes a kernel module), so what stands between the product and the device is
OpenCV's other source of pictures, with the same class, methods and arrays; and time stamps of another clock, as some
drivers have.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PATIENCE_S = 10.0
STEP = 8
"""Grey levels between two pictures of a film."""
PACE_S = 0.004
"""Between two pictures: far enough apart for time stamps in milliseconds."""


def write_film(path: Path, pictures: int = 24, size: tuple[int, int] = (64, 48)) -> Path:
    """A film whose picture number n has the brightness n * STEP."""
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, size)
    for number in range(pictures):
        film.write(np.full((size[1], size[0], 3), number * STEP, np.uint8))
    film.release()
    return path


class Projector:
    """`start` for a `V4l2Camera`: each call opens the film anew. Pictures come by themselves, or when `show` says."""

    def __init__(self, film: Path) -> None:
        self.film = film
        self.opened: list[str] = []
        self.busy = 0
        self._news = threading.Condition()
        self._free = True
        self._tickets = 0
        self._kept = 0

    def __call__(self, node: str) -> Reel:
        self.opened.append(node)
        self.busy -= 1
        return Reel(self, str(self.film) if self.busy < 0 else "")

    def hold(self) -> None:
        """No picture comes from now on, as from a device that hangs."""
        self._free = False

    def run(self) -> None:
        """They come by themselves again."""
        with self._news:
            self._free = True
            self._news.notify_all()

    def show(self, pictures: int) -> None:
        """So many come, and were kept by whoever takes them when this returns."""
        with self._news:
            wanted = self._kept + pictures
            self._tickets += pictures
            self._news.notify_all()
            assert self._news.wait_for(lambda: self._kept >= wanted, PATIENCE_S)

    def wait(self) -> None:
        """For the reel: until the next picture may come."""
        with self._news:
            self._news.wait_for(lambda: self._free or self._tickets > 0, PATIENCE_S)
            self._tickets -= not self._free
        time.sleep(PACE_S)

    def kept(self) -> None:
        """For the reel: the next picture is asked for, so the last was kept."""
        with self._news:
            self._kept += 1
            self._news.notify_all()


class Reel:
    """OpenCV's VideoCapture on the film, once through."""

    def __init__(self, projector: Projector, name: str) -> None:
        self._projector = projector
        self._capture = cv2.VideoCapture(name)
        self._out = False

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return bool(self._capture.isOpened())

    def grab(self) -> bool:
        if self._out:
            self._projector.kept()
        self._projector.wait()
        self._out = bool(self._capture.grab())
        return self._out

    def retrieve(self) -> tuple[bool, NDArray[np.uint8] | None]:
        got, picture = self._capture.retrieve()
        return got, None if picture is None else np.asarray(picture, np.uint8)

    def get(self, property_id: int, /) -> float:
        return float(self._capture.get(property_id))

    def set(self, property_id: int, value: float, /) -> bool:
        return bool(self._capture.set(property_id, value))

    def release(self) -> None:
        self._capture.release()
