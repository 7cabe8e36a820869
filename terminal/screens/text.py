"""Texts that never leave their box: as large as their style allows, then cut. Impure: draws."""

from __future__ import annotations

from functools import lru_cache

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.metrics import dp
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from terminal.screens import theme
from terminal.screens.fitting import Extent, Piece, fit, share, unbreakable_words
from terminal.screens.kv import load_kv

load_kv(__file__)

_MEASURES_KEPT = 4096
_HEAVY_OUTLINE_PX = 1
"""The font has no bold face: its letters are drawn one pixel fatter."""


@lru_cache(maxsize=_MEASURES_KEPT)
def _measure(text: str, size_px: float, width_px: int, heavy: bool) -> Extent:
    label = CoreLabel(
        text=text,
        font_size=size_px,
        text_size=(width_px, None),
        outline_width=_HEAVY_OUTLINE_PX if heavy else None,
    )
    _, height = label.render()
    line_height = label.get_extents("Äg")[1]
    return Extent(
        height=height,
        lines=max(1, round(height / line_height)),
        widest_word=max((label.get_extents(word)[0] for word in unbreakable_words(text)), default=0),
    )


class Text(Label):
    """Draws `content` in `style`. The drawn `text` differs from it only where even the smallest size does not fit."""

    content = StringProperty("")
    style = ObjectProperty(theme.MESSAGE, rebind=True)
    outline_px = NumericProperty(_HEAVY_OUTLINE_PX)

    def __init__(self, **kwargs: object) -> None:
        self._fit_soon = Clock.create_trigger(self._fit, -1)
        super().__init__(**kwargs)
        for name in ("content", "style", "size"):
            self.fbind(name, self._fit_soon)
        self._fit_soon()

    def measure(self, text: str, size: int) -> Extent:
        """How `text` would lie in this widget's width at a size of the type scale."""
        return _measure(text, dp(size), max(1, int(self.width)), self.style.heavy)

    def _fit(self, *_: object) -> None:
        if self.width < 1 or self.height < 1:
            self.text = ""
            return
        fitted = fit(self.content, self.style, int(self.width), self.height, self.measure)
        self.font_size = dp(fitted.size)
        self.text = fitted.text


class TextStack(BoxLayout):
    """Texts under each other, each as high as it needs; all shrink together where there is less room. `lean` says where
    the stack lies in spare room: 0 at the top, 0.5 in the middle.
    """

    lean = NumericProperty(0)
    gap = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        self._arrange_soon = Clock.create_trigger(self._arrange, -1)
        super().__init__(**kwargs)
        for name in ("size", "children", "lean"):
            self.fbind(name, self._arrange_soon)

    def add_widget(self, widget: Text, *args: object, **kwargs: object) -> None:
        """Take a text into the stack (Kivy's way of composing)."""
        widget.size_hint_y = None
        widget.valign = "top"
        widget.fbind("content", self._arrange_soon)
        widget.fbind("width", self._arrange_soon)
        super().add_widget(widget, *args, **kwargs)

    def _arrange(self, *_: object) -> None:
        texts = list(reversed(self.children))
        pieces = [Piece(text.content, text.style, text.measure) for text in texts]
        heights = share(pieces, self.height, gap=self.gap)
        last = max((index for index, height in enumerate(heights) if height), default=0)
        for index, (text, height) in enumerate(zip(texts, heights, strict=True)):
            text.height = height + (self.gap if height and index < last else 0)
        spare = max(0.0, self.height - sum(text.height for text in texts))
        self.padding = (0, spare * self.lean, 0, spare * (1 - self.lean))
