"""A person's finger: finds what the screen shows and touches it through the window, so that hit testing is real.

Impure: the window. Everything is to be called on Kivy's thread.
"""

from __future__ import annotations

from typing import Any

from terminal.app import TerminalApp
from terminal.presenter.view import Touch
from terminal.screens.pressable import Pressable

# isort: split
from kivy.base import EventLoop  # after terminal.screens, which says how Kivy behaves when it is imported
from kivy.input.motionevent import MotionEvent
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

_DEVICE = "finger"


class NotThereError(LookupError):
    """What was to be touched is not on the screen; the message says what is."""


class FingerEvent(MotionEvent):
    """One finger on the panel, as an input provider would report it; `x` and `y` are 0..1 of the window, y up."""

    def __init__(self, number: int, x: float, y: float) -> None:
        super().__init__(_DEVICE, number, {"x": x, "y": y}, is_touch=True, type_id="touch")

    def depack(self, args: dict[str, float]) -> None:
        """Take the position (Kivy's hook)."""
        self.profile = ["pos"]
        self.sx, self.sy = args["x"], args["y"]
        super().depack(args)


class Finger:
    """One finger in front of one terminal."""

    def __init__(self, app: TerminalApp) -> None:
        self._app = app
        self._number = 0

    def reachable(self) -> list[Touch]:
        """Everything the screen offers to touch now; not what is scrolled out of sight."""
        return [widget.touch for widget in self._targets()]

    def is_ready(self, touch: Touch) -> bool:
        """Whether `touch` is offered and the screen has been there long enough for it to count."""
        return self._app.gate.listens and touch in self.reachable()

    def tap(self, touch: Touch) -> None:
        """Down and up on the middle of what `touch` names. Raises NotThereError."""
        self.tap_at(*self.centre(touch))

    def centre(self, touch: Touch) -> tuple[float, float]:
        """The middle of what `touch` names, in window pixels, y up. Raises NotThereError."""
        for widget in self._targets():
            if widget.touch == touch:
                x, y = widget.to_window(*widget.center)
                return float(x), float(y)
        shown = ", ".join(str(offered) for offered in self.reachable()) or "nothing to touch"
        raise NotThereError(f"{touch} is not on the screen: {shown}")

    def tap_at(self, x: float, y: float) -> None:
        """Down and up at a place of the window, in pixels, y up."""
        self.lift(self.put(x, y))

    def put(self, x: float, y: float) -> FingerEvent:
        """Down only; `lift` what this returns."""
        window = EventLoop.window
        self._number += 1
        event = FingerEvent(self._number, x / (window.width - 1.0), y / (window.height - 1.0))
        EventLoop.post_dispatch_input("begin", event)
        return event

    def move(self, event: FingerEvent, x: float, y: float) -> None:
        """To another place of the window, in pixels, y up, without lifting."""
        window = EventLoop.window
        event.move({"x": x / (window.width - 1.0), "y": y / (window.height - 1.0)})
        EventLoop.post_dispatch_input("update", event)

    def lift(self, event: FingerEvent) -> None:
        """Up again."""
        EventLoop.post_dispatch_input("end", event)

    def _targets(self) -> list[Any]:
        offered = (widget for widget in self._app.frame.walk() if isinstance(widget, Pressable))
        return [widget for widget in offered if not widget.disabled and _is_in_sight(widget)]


def _is_in_sight(widget: Widget) -> bool:
    """Whether the widget's middle is inside every list that scrolls it."""
    above = widget.parent
    while above is not None and above.parent is not above:
        if isinstance(above, ScrollView):
            x, y = widget.to_window(*widget.center)
            left, bottom = above.to_window(*above.pos)
            if not (left <= x <= left + above.width and bottom <= y <= bottom + above.height):
                return False
        above = above.parent
    return True
