"""What a person sees of the widget tree: texts and things to touch that are really drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from terminal.presenter.view import Touch
from terminal.screens.pressable import ChoiceRow, Pressable
from terminal.screens.text import Text

# isort: split
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

_SLACK_PX = 1.0
"""Letters are drawn at whole pixels, boxes lie between them."""


@dataclass(frozen=True)
class Box:
    """A rectangle of the window, y up."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, other: Box) -> bool:
        """Whether `other` is inside."""
        return (
            self.left <= other.left + _SLACK_PX
            and self.bottom <= other.bottom + _SLACK_PX
            and self.right >= other.right - _SLACK_PX
            and self.top >= other.top - _SLACK_PX
        )

    def meets(self, other: Box) -> bool:
        """Whether the two overlap by more than a rounding."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > 1
            and min(self.top, other.top) - max(self.bottom, other.bottom) > 1
        )

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom


def box_of(widget: Widget) -> Box:
    """The widget's own box."""
    left, bottom = widget.to_window(widget.x, widget.y)
    return Box(left, bottom, left + widget.width, bottom + widget.height)


def drawn_box_of(text: Text) -> Box:
    """Where the letters are."""
    left, bottom = text.to_window(*text.drawn_at)
    width, height = text.texture_size
    return Box(left, bottom, left + width + text.heavier, bottom + height)


def _ancestors(widget: Widget) -> Iterator[Widget]:
    while widget is not None and widget.parent is not widget:
        yield widget
        widget = widget.parent


def is_shown(widget: Widget) -> bool:
    """Whether it has a size, and nothing above it is transparent."""
    return widget.width >= 1 and widget.height >= 1 and all(each.opacity > 0 for each in _ancestors(widget))


def texts(root: Widget) -> list[Text]:
    """Every text that says something."""
    return [widget for widget in root.walk() if isinstance(widget, Text) and widget.content and is_shown(widget)]


def pressables(root: Widget) -> list[Pressable]:
    """Everything that can be pressed."""
    return [widget for widget in root.walk() if isinstance(widget, Pressable) and is_shown(widget)]


def in_list(widget: Widget) -> bool:
    """Whether it is in a list that scrolls."""
    return any(isinstance(each, ScrollView) for each in _ancestors(widget))


def in_choice(widget: Widget) -> bool:
    """Whether it is in a row to pick from, whose name may be cut: it is shown whole on the next screen."""
    return any(isinstance(each, ChoiceRow) for each in _ancestors(widget))


def owner(widget: Widget) -> Touch | None:
    """What is pressed where it stands."""
    return next((each.touch for each in _ancestors(widget) if isinstance(each, Pressable)), None)


def layout(root: Widget) -> list[tuple[Any, ...]]:
    """Where everything is and what it says: equal for equal pictures."""
    return [(type(widget).__name__, *widget.pos, *widget.size, getattr(widget, "text", "")) for widget in root.walk()]
