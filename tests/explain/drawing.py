"""Marks on pictures, and pictures side by side, as small JPEG files. Pure (OpenCV draws and encodes).

Every mark has a white rim, so that it is seen on skin and on hair; every sheet has a white ground, so that it looks
alike on a light and on a dark page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""uint8[H,W,3], red first."""
Place = Sequence[float] | NDArray[np.floating[Any]]
"""x and y in pixels."""

BLUE: Final = (31, 111, 235)
RED: Final = (180, 35, 24)
GREEN: Final = (17, 119, 68)
INK: Final = (31, 35, 40)
WHITE: Final = (255, 255, 255)
EDGE: Final = (154, 165, 177)

QUALITY: Final = 86
GAP_PX: Final = 12
CAPTION_PX: Final = 26
FONT: Final = cv2.FONT_HERSHEY_DUPLEX
LETTER: Final = 0.5
"""Height of letters, of OpenCV's 22 pixels: legible where a page is 800 pixels wide."""
_FINE: Final = 8
"""OpenCV takes places in fractions of a pixel, as a shift in bits."""


def scaled(picture: NDArray[np.uint8], height: int, *, smooth: bool = True) -> Picture:
    """`picture`, grey or coloured, so high, in colour; `smooth=False` shows its pixels as squares."""
    colour = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    width = round(colour.shape[1] * height / colour.shape[0])
    kind = cv2.INTER_AREA if height < colour.shape[0] else cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
    return np.array(cv2.resize(colour, (width, height), interpolation=kind), np.uint8)


def outline(picture: Picture, corners: Sequence[Place], colour: tuple[int, int, int], *, closed: bool = True) -> None:
    """A line through `corners`."""
    line = [np.rint(np.asarray(corners, np.float64) * (1 << _FINE)).astype(np.int32)]
    for ink, width in ((WHITE, 4), (colour, 2)):
        cv2.polylines(picture, line, closed, ink, width, cv2.LINE_AA, _FINE)


def dot(picture: Picture, place: Place, colour: tuple[int, int, int], radius: float = 1.5) -> None:
    """A small filled point, without a rim."""
    cv2.circle(picture, _fine(place), round(radius * (1 << _FINE)), colour, -1, cv2.LINE_AA, _FINE)


def ring(picture: Picture, place: Place, colour: tuple[int, int, int], radius: float = 6.0) -> None:
    """A circle around a place."""
    for ink, width in ((WHITE, 4), (colour, 2)):
        cv2.circle(picture, _fine(place), round(radius * (1 << _FINE)), ink, width, cv2.LINE_AA, _FINE)


def box(picture: Picture, place: Place, colour: tuple[int, int, int], radius: float = 6.0) -> None:
    """A square around a place."""
    x, y = (float(value) for value in place)
    outline(picture, [(x + dx, y + dy) for dx, dy in _corners(radius)], colour)


def cross(picture: Picture, place: Place, colour: tuple[int, int, int], radius: float = 5.0) -> None:
    """An upright cross on a place."""
    x, y = (float(value) for value in place)
    for ends in (((x - radius, y), (x + radius, y)), ((x, y - radius), (x, y + radius))):
        outline(picture, ends, colour, closed=False)


def label(
    picture: Picture, place: Place, words: str, colour: tuple[int, int, int], shift: tuple[float, float] = (0, 0)
) -> None:
    """`words` (ASCII) in white on a plate of `colour`, its middle `shift` from `place`, moved into the picture."""
    (width, height), _ = cv2.getTextSize(words, FONT, LETTER, 1)
    half_wide, half_high = width / 2 + 4, height / 2 + 4
    x = min(max(float(place[0]) + shift[0], half_wide), picture.shape[1] - half_wide)
    y = min(max(float(place[1]) + shift[1], half_high), picture.shape[0] - half_high)
    corner, other = (round(x - half_wide), round(y - half_high)), (round(x + half_wide), round(y + half_high))
    cv2.rectangle(picture, corner, other, colour, -1)
    cv2.rectangle(picture, corner, other, WHITE, 1)
    start = (round(x - width / 2), round(y + height / 2))
    cv2.putText(picture, words, start, FONT, LETTER, WHITE, 1, cv2.LINE_AA)


def sheet(tiles: Sequence[tuple[NDArray[np.uint8], str]], height: int, *, smooth: bool = True) -> Picture:
    """Pictures of one height beside each other, each with its words (ASCII) beneath; on white."""
    drawn = [_tile(scaled(picture, height, smooth=smooth), words) for picture, words in tiles]
    gap = np.full((drawn[0].shape[0], GAP_PX, 3), 255, np.uint8)
    row = [gap]
    for tile in drawn:
        row += [tile, gap]
    whole = np.hstack(row)
    above = np.full((GAP_PX, whole.shape[1], 3), 255, np.uint8)
    return np.vstack([above, whole])


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """As a file; raises ValueError for what OpenCV cannot encode."""
    done, coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError("a picture could not be encoded")
    return coded.tobytes()


def _tile(picture: Picture, words: str) -> Picture:
    """With a thin edge, and its words beneath; the plate is as wide as the picture or the words."""
    framed = picture.copy()
    cv2.rectangle(framed, (0, 0), (framed.shape[1] - 1, framed.shape[0] - 1), EDGE, 1)
    (width, height), _ = cv2.getTextSize(words, FONT, LETTER, 1)
    wide = max(framed.shape[1], width + 4)
    plate = np.full((framed.shape[0] + CAPTION_PX, wide, 3), 255, np.uint8)
    left = (wide - framed.shape[1]) // 2
    plate[: framed.shape[0], left : left + framed.shape[1]] = framed
    start = ((wide - width) // 2, framed.shape[0] + (CAPTION_PX + height) // 2)
    cv2.putText(plate, words, start, FONT, LETTER, INK, 1, cv2.LINE_AA)
    return plate


def _fine(place: Place) -> tuple[int, int]:
    x, y = (round(float(value) * (1 << _FINE)) for value in (place[0], place[1]))
    return x, y


def _corners(radius: float) -> tuple[tuple[float, float], ...]:
    return ((-radius, -radius), (radius, -radius), (radius, radius), (-radius, radius))
