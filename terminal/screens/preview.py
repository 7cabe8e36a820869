"""The camera's picture while a face is captured: one texture, reused; mirrored; an oval where the face belongs. Impure.

A new texture a frame leaks (kivy#5171), and one made before the window opened crashes: it is made with the first frame.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from kivy.event import EventDispatcher
from kivy.factory import Factory
from kivy.graphics import Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import AliasProperty, BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.floatlayout import FloatLayout
from numpy.typing import NDArray

from terminal.screens.kv import load_kv
from terminal.screens.oval import guide_mask, mirrored_crop, oval_axes
from terminal.screens.pictogram import alpha_texture


class PreviewFeed(EventDispatcher):
    """The frames shown, as one texture; blacked out between captures, so that no face stays on for the next person."""

    texture = ObjectProperty(None, allownone=True)
    showing = BooleanProperty(False)
    serial = NumericProperty(0)
    """Counts the pictures put into the texture."""

    def __init__(self) -> None:
        super().__init__()
        self._last: NDArray[np.uint8] | None = None

    def update(self, rgb: NDArray[np.uint8] | None) -> None:
        """Show a frame (uint8[H, W, 3]), or nothing. The same array again costs nothing, so a frame must not be changed
        after it was shown.
        """
        if rgb is self._last:
            return
        self._last = rgb
        if rgb is not None:
            self._fill(rgb)
        elif self.texture is not None:
            width, height = self.texture.size
            self._fill(np.zeros((height, width, 3), dtype=np.uint8))
        self.showing = rgb is not None

    def _fill(self, rgb: NDArray[np.uint8]) -> None:
        height, width = rgb.shape[:2]
        if self.texture is None or tuple(self.texture.size) != (width, height):
            self.texture = Texture.create(size=(width, height), colorfmt="rgb")
        self.texture.blit_buffer(np.ascontiguousarray(rgb).tobytes(), colorfmt="rgb", bufferfmt="ubyte")
        self.serial += 1


class CroppedPicture(Rectangle):
    """A texture and which part of it is shown, set as one: a new texture makes Kivy forget the coordinates."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._shown: tuple[Texture | None, tuple[float, ...]] = (None, ())

    @property
    def shown(self) -> tuple[Texture | None, tuple[float, ...]]:
        """The texture (None: a plain ground) and the texture coordinates of its four corners."""
        return self._shown

    @shown.setter
    def shown(self, shown: tuple[Texture | None, tuple[float, ...]]) -> None:
        self._shown = shown
        self.texture, coordinates = shown
        if self.texture is not None:
            self.tex_coords = coordinates


Factory.register("CroppedPicture", cls=CroppedPicture)
load_kv(__file__)


@lru_cache(maxsize=4)
def _mask_texture(width: int, height: int) -> Texture:
    return alpha_texture(guide_mask(width, height))


class PreviewPane(FloatLayout):
    """The picture with its guide; a drawn head where there is no picture yet."""

    feed = ObjectProperty(None, allownone=True)
    showing = BooleanProperty(False)
    picture = ObjectProperty(None, allownone=True)

    def on_feed(self, _: object, feed: PreviewFeed | None) -> None:
        """Follow the feed (Kivy's event). It outlives this pane and holds the pane's method weakly."""
        if feed is not None:
            feed.bind(showing=self._follow, texture=self._follow, serial=self._follow)
            self._follow(feed)

    def _follow(self, feed: PreviewFeed, *_: object) -> None:
        self.showing, self.picture = feed.showing, feed.texture
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
