"""Pictures from disk with the times at which they were taken: a video, or a folder of pictures. Impure: reads files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import SensorCorrupt, SensorNotFound

PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".webp"})
FOLDER_FPS: Final = 25.0
"""Of a folder nobody says how quickly its pictures were taken."""

Taken = tuple[int, NDArray[np.uint8]]
"""Milliseconds from the first picture, and uint8[H, W, 3], blue first as OpenCV has it."""


def recorded(path: Path, fps: float = FOLDER_FPS) -> Iterator[Taken]:
    """All pictures of the video or folder `path` in their order; a folder's by name, `fps` a second.

    Raises SensorNotFound where there is none, SensorCorrupt at a picture that cannot be read.
    """
    if path.is_dir():
        return _folder(path, fps)
    if path.is_file():
        return _video(path)
    raise SensorNotFound(f"no recording at {path}: give a video or a folder of pictures")


def _folder(folder: Path, fps: float) -> Iterator[Taken]:
    names = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES)
    if not names:
        raise SensorNotFound(f"no pictures in {folder}: {', '.join(sorted(PICTURE_SUFFIXES))} are read")
    return _pictures(names, fps)


def _pictures(names: list[Path], fps: float) -> Iterator[Taken]:
    for number, file in enumerate(names):
        picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if picture is None:
            raise SensorCorrupt(f"{file} is no picture, or it is cut short")
        yield round(number * 1000 / fps), np.asarray(picture, np.uint8)


def _video(file: Path) -> Iterator[Taken]:
    film = cv2.VideoCapture(str(file))
    if not film.isOpened():
        raise SensorNotFound(f"{file} is no video that can be read")
    return _frames(film)


def _frames(film: cv2.VideoCapture) -> Iterator[Taken]:
    try:
        last_ms = -1
        while film.grab():
            t_ms = round(film.get(cv2.CAP_PROP_POS_MSEC))
            got, picture = film.retrieve()
            if not got:
                return
            last_ms = max(t_ms, last_ms + 1)  # some containers tell no times, or the last one twice
            yield last_ms, np.asarray(picture, np.uint8)
    finally:
        film.release()
