"""Things under each other, each as high as it needs, all smaller together where there is less room. Impure: draws."""

from __future__ import annotations

from kivy.properties import NumericProperty
from kivy.uix.layout import Layout
from kivy.uix.widget import Widget

from terminal.screens.fitting import natural, share, total


class Stack(Layout):
    """Lays out children that are each a `fitting.Piece` and a widget; places them itself, so that one pass is enough.

    `lean` says where the stack lies in spare room: 0 at the top, 0.5 in the middle. `wanted` is the height at which
    nothing needs to be smaller than at best, for a parent that gives no more.
    """

    lean = NumericProperty(0)
    gap = NumericProperty(0)
    wanted = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for name in ("pos", "size", "children", "lean", "gap"):
            self.fbind(name, self._trigger_layout)

    def add_widget(self, widget: Widget, *args: object, **kwargs: object) -> None:
        """Take a piece into the stack (Kivy's way of composing)."""
        widget.fbind("revision", self._trigger_layout)
        super().add_widget(widget, *args, **kwargs)

    def remove_widget(self, widget: Widget, *args: object, **kwargs: object) -> None:
        """Let a piece go (Kivy's way of composing)."""
        widget.funbind("revision", self._trigger_layout)
        super().remove_widget(widget, *args, **kwargs)

    def do_layout(self, *_: object) -> None:
        """Give every piece its place (Kivy's event)."""
        if self.width < 1:
            return
        parts = list(reversed(self.children))
        self.wanted = total(natural(parts, self.width), self.gap)
        heights = share(parts, self.width, self.height, self.gap)
        top = self.top - max(0.0, self.height - total(heights, self.gap)) * self.lean
        for part, height in zip(parts, heights, strict=True):
            part.size, part.pos = (self.width, height), (self.x, top - height)
            top -= height + self.gap if height else 0
