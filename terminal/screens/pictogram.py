"""Signs on the screen: a mask of `signs`, in one colour; the working sign turns. Impure: GL textures, one a size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from kivy.graphics.texture import Texture
from kivy.properties import AliasProperty, ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.widget import Widget
from numpy.typing import NDArray

from terminal.presenter.view import Tone
from terminal.screens import signs, theme
from terminal.screens.kv import load_kv

load_kv(__file__)

_TURN_MS = 1400
"""One turn of the working sign."""
_TEXTURES_KEPT = 128


def alpha_texture(alpha: NDArray[np.uint8]) -> Texture:
    """A white texture with the given alpha (uint8[H, W], row 0 at the bottom); needs an open window."""
    height, width = alpha.shape
    pixels = np.full((height, width, 4), 255, dtype=np.uint8)
    pixels[:, :, 3] = alpha
    texture = Texture.create(size=(width, height), colorfmt="rgba")
    texture.blit_buffer(pixels.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    return texture


@lru_cache(maxsize=_TEXTURES_KEPT)
def _mask_texture(shape: signs.Shape, size_px: int) -> Texture:
    return alpha_texture(signs.coverage(shape, size_px))


class Pictogram(Widget):
    """One shape, as large as the widget's smaller side, in the middle of it."""

    shape = ObjectProperty(signs.BRAND_MARK)
    color = ColorProperty(theme.INK)
    angle = NumericProperty(0)

    def _get_side(self) -> int:
        return max(1, int(min(self.width, self.height)))

    def _get_texture(self) -> Texture:
        return _mask_texture(self.shape, self.side)

    side = AliasProperty(_get_side, None, bind=("size",))
    texture = AliasProperty(_get_texture, None, bind=("shape", "side"))


class ToneSign(Pictogram):
    """The sign of a tone in its colour; `now_ms` turns the working one."""

    tone = ObjectProperty(Tone.NEUTRAL)
    now_ms = NumericProperty(0)

    def _get_turn(self) -> float:
        return -(self.now_ms % _TURN_MS) / _TURN_MS * 360 if self.tone is Tone.WORKING else 0.0

    turn = AliasProperty(_get_turn, None, bind=("tone", "now_ms"))
