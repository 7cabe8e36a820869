"""The camera's picture while a face is captured: one texture, reused; mirrored; an oval where the face belongs. Impure.

A new texture a frame leaks (kivy#5171), and one made before the window opened crashes: it is made with the first frame.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from kivy.event import EventDispatcher
from kivy.graphics.texture import Texture
from kivy.properties import AliasProperty, BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.floatlayout import FloatLayout
from numpy.typing import NDArray

from terminal.screens.kv import load_kv
from terminal.screens.pictogram import alpha_texture

load_kv(__file__)

_OVAL_HEIGHT = 0.9
"""Of the guide's height; the width follows from a head's usual proportion."""
_HEAD_WIDTH_TO_HEIGHT = 0.76
_OUTSIDE_ALPHA = 0.72
_CORNER = 0.05
"""Radius of the picture's corners, of its width."""


class PreviewFeed(EventDispatcher):
    """The frames shown, as one texture; empty between captures, so that no face stays on for the next person."""

    texture = ObjectProperty(None, allownone=True)
    showing = BooleanProperty(False)
    serial = NumericProperty(0)

    def __init__(self) -> None:
        super().__init__()
        self._last: NDArray[np.uint8] | None = None

    def update(self, rgb: NDArray[np.uint8] | None) -> None:
        """Show a frame (uint8[H, W, 3]), or nothing. The same array again costs nothing."""
        if rgb is self._last:
            return
        self._last = rgb
        if rgb is None:
            self.showing = False
            return
        height, width = rgb.shape[:2]
        if self.texture is None or tuple(self.texture.size) != (width, height):
            self.texture = Texture.create(size=(width, height), colorfmt="rgb")
        self.texture.blit_buffer(np.ascontiguousarray(rgb).tobytes(), colorfmt="rgb", bufferfmt="ubyte")
        self.serial += 1
        self.showing = True


def mirrored_crop(source: tuple[int, int], width: float, height: float) -> tuple[float, ...]:
    """Texture coordinates (four corners from bottom left, anticlockwise) that show the middle of a top-down picture of
    `source` (width, height) in a box without distortion, mirrored as a mirror would.
    """
    source_ratio, box_ratio = source[0] / source[1], width / max(height, 1.0)
    across = min(1.0, box_ratio / source_ratio)
    down = min(1.0, source_ratio / box_ratio)
    left, right = 0.5 + across / 2, 0.5 - across / 2
    bottom, top = 0.5 + down / 2, 0.5 - down / 2
    return (left, bottom, right, bottom, right, top, left, top)


def oval_axes(width: float, height: float) -> tuple[float, float]:
    """Half the width and half the height of the guide in a box of the given size."""
    semi_y = height * _OVAL_HEIGHT / 2
    return min(semi_y * _HEAD_WIDTH_TO_HEIGHT, width * _OVAL_HEIGHT / 2), semi_y


def guide_mask(width: int, height: int) -> NDArray[np.uint8]:
    """uint8[H, W] alpha, row 0 at the bottom: what lies over the picture in the ground's colour: clear in the oval,
    dim around it, solid outside the rounded corners.
    """
    y, x = np.mgrid[0:height, 0:width] + 0.5
    u, v = x - width / 2, y - height / 2
    semi_x, semi_y = oval_axes(width, height)
    radius = np.hypot(u / semi_x, v / semi_y)
    slope = np.maximum(np.hypot(u / semi_x**2, v / semi_y**2) / np.maximum(radius, 1e-6), 1e-6)
    outside = np.clip((radius - 1) / slope + 0.5, 0.0, 1.0) * _OUTSIDE_ALPHA
    corner = _CORNER * width
    from_core = np.hypot(np.maximum(np.abs(u) - width / 2 + corner, 0), np.maximum(np.abs(v) - height / 2 + corner, 0))
    solid = np.clip(from_core - corner + 0.5, 0.0, 1.0)
    return np.round(np.maximum(outside, solid) * 255).astype(np.uint8)


@lru_cache(maxsize=4)
def _mask_texture(width: int, height: int) -> Texture:
    return alpha_texture(guide_mask(width, height))


class PreviewPane(FloatLayout):
    """The picture with its guide; a drawn head where there is no picture yet."""

    feed = ObjectProperty(None, allownone=True)
    showing = BooleanProperty(False)
    picture = ObjectProperty(None, allownone=True)

    def on_feed(self, _: object, feed: PreviewFeed | None) -> None:
        """Follow the feed (Kivy's event)."""
        if feed is None:
            return
        feed.bind(showing=self.setter("showing"), texture=self.setter("picture"), serial=self._redraw)
        self.showing, self.picture = feed.showing, feed.texture

    def _redraw(self, *_: object) -> None:
        self.canvas.ask_update()

    def _get_crop(self) -> tuple[float, ...]:
        source = (4, 3) if self.picture is None else tuple(self.picture.size)
        return mirrored_crop(source, self.width, self.height)

    def _get_mask(self) -> Texture:
        return _mask_texture(max(1, math.floor(self.width)), max(1, math.floor(self.height)))

    def _get_oval(self) -> tuple[float, ...]:
        semi_x, semi_y = oval_axes(self.width, self.height)
        return (self.center_x - semi_x, self.center_y - semi_y, 2 * semi_x, 2 * semi_y)

    oval = AliasProperty(_get_oval, None, bind=("size", "pos"))
    crop = AliasProperty(_get_crop, None, bind=("size", "picture"))
    mask = AliasProperty(_get_mask, None, bind=("size",))
