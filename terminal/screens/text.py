"""Texts that never leave their box: as large as their style allows, then cut. Impure: draws.

Not Kivy's Label, which breaks Chinese before a full stop and has bold only for fonts with a bold face.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.metrics import dp
from kivy.properties import AliasProperty, ColorProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from terminal.screens import theme
from terminal.screens.fitting import fit, height_up_to
from terminal.screens.kv import load_kv

load_kv(__file__)

_WIDTHS_KEPT = 16_384
_RULERS_KEPT = 256
_HEAVIER: Final = 0.032
"""The font has no bold face: a heavy text is drawn twice, the second time to the right by this part of its size."""
_ROUNDING_PX: Final = 1
"""A line may be a pixel wider than the sum of its words."""
_ASCENT_SAMPLE: Final = "Äg"


@lru_cache(maxsize=_RULERS_KEPT)
def _measuring_label(size_px: float) -> CoreLabel:
    return CoreLabel(font_size=size_px)


@lru_cache(maxsize=_WIDTHS_KEPT)
def _width_px(text: str, size_px: float) -> int:
    return int(_measuring_label(size_px).get_extents(text)[0])


def heavier_px(size_px: float) -> float:
    """How far apart the two copies of a heavy text of `size_px` are."""
    return size_px * _HEAVIER


class FontRuler:
    """Measures the screens' font at sizes of the type scale, in pixels."""

    def width(self, text: str, size: int, *, heavy: bool) -> float:
        """How wide one line is drawn."""
        size_px = dp(size)
        return _width_px(text, size_px) + _ROUNDING_PX + (heavier_px(size_px) if heavy else 0.0)

    def line_height(self, size: int) -> float:
        """How high one line is drawn."""
        return float(_measuring_label(dp(size)).get_extents(_ASCENT_SAMPLE)[1])


RULER: Final = FontRuler()


class Text(Widget):
    """Draws `content` in `style` and `color`. What is drawn is in `text`, and differs from `content` by its lines,
    and by an ellipsis where even the smallest size does not fit. It is a `Piece` of a `Stack`.
    """

    content = StringProperty("")
    style = ObjectProperty(theme.MESSAGE)
    color = ColorProperty(theme.INK)
    halign = StringProperty("left")
    valign = StringProperty("middle")

    text = StringProperty("")
    font_size = NumericProperty(1)
    texture = ObjectProperty(None, allownone=True)
    texture_size = ListProperty([0, 0])
    revision = NumericProperty(0)
    """Counts what changes the height this text wants."""

    def __init__(self, **kwargs: object) -> None:
        self._label: CoreLabel | None = None
        self._drawn: tuple[object, ...] = ()
        self._fit_soon = Clock.create_trigger(self._fit, -1)
        super().__init__(**kwargs)
        for name in ("content", "style"):
            self.fbind(name, self._revise)
        for name in ("content", "style", "size", "halign"):
            self.fbind(name, self._fit_soon)
        self._fit_soon()

    @property
    def steps(self) -> int:
        """How many sizes smaller it can be drawn."""
        return int(self.style.largest - self.style.smallest)

    def height_at(self, width: float, step: int) -> float:
        """How high it is when drawn `step` sizes smaller than at best; 0 without content."""
        return height_up_to(self.content, self.style, self.style.largest - step, width, RULER)

    def _revise(self, *_: object) -> None:
        self.revision += 1

    def _fit(self, *_: object) -> None:
        width, height = int(self.width), int(self.height)
        if not self.content or width < 1 or height < 1:
            self._draw("", 1)
            return
        fitted = fit(self.content, self.style, width, height, RULER)
        self._draw("\n".join(fitted.lines), dp(fitted.size))

    def _draw(self, text: str, size_px: float) -> None:
        if (text, size_px, self.halign) == self._drawn:
            return
        self._drawn = (text, size_px, self.halign)
        self.text, self.font_size = text, size_px
        if not text:
            self._label, self.texture, self.texture_size = None, None, [0, 0]
            return
        self._label = CoreLabel(text=text, font_size=size_px, halign=self.halign, color=(1, 1, 1, 1))
        self._label.refresh()
        self.texture, self.texture_size = self._label.texture, list(self._label.texture.size)

    def _get_heavier(self) -> float:
        return heavier_px(self.font_size) if self.style.heavy and self.texture else 0.0

    def _get_drawn_at(self) -> tuple[int, int]:
        width, height = self.texture_size[0] + self.heavier, self.texture_size[1]
        across = {"left": 0.0, "center": 0.5, "right": 1.0}[self.halign]
        up = {"bottom": 0.0, "middle": 0.5, "top": 1.0}[self.valign]
        return int(self.x + (self.width - width) * across), int(self.y + (self.height - height) * up)

    heavier = AliasProperty(_get_heavier, None, bind=("font_size", "style", "texture"))
    drawn_at = AliasProperty(_get_drawn_at, None, bind=("pos", "size", "texture_size", "heavier", "halign", "valign"))
