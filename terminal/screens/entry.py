"""Payee entry and amount entry: what is keyed at the left, large; the keypad at the right. Impure: draws."""

from __future__ import annotations

from typing import ClassVar

from kivy.clock import Clock
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView

from terminal.presenter.view import Keypad
from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv
from terminal.screens.pressable import ChoiceRow

load_kv(__file__)

NO_KEYPAD = Keypad(entered="", caption="", keys=())


class EntryField(BoxLayout):
    """What was keyed so far, and what is wrong with it."""

    entered = StringProperty("")
    caption = StringProperty("")
    problem = StringProperty("")


class ChoiceList(ScrollView):
    """Rows to pick from; scrolls only where they do not fit, so that a touch is answered at once."""

    choices = ObjectProperty(())
    gate = ObjectProperty(None, allownone=True)

    def on_kv_post(self, base_widget: object) -> None:
        """The column exists (Kivy's event)."""
        super().on_kv_post(base_widget)
        build_soon = Clock.create_trigger(self._build, -1)
        for name in ("choices", "gate"):
            self.fbind(name, build_soon)
        build_soon()

    def to_top(self) -> None:
        """Show the first rows, and let go of any movement."""
        self.scroll_y = 1
        self.effect_y.reset(min(0.0, self.height - self.ids.column.height))

    def _build(self, *_: object) -> None:
        self.ids.column.clear_widgets()
        for choice in self.choices:
            self.ids.column.add_widget(ChoiceRow.of(choice, self.gate))


class EntryBody(StepBody):
    """Both entries; a keypad is the most there is to build."""

    kept: ClassVar[bool] = True

    keypad = ObjectProperty(NO_KEYPAD, rebind=True)

    def on_view(self, *_: object) -> None:
        """Take the keypad out of the view (Kivy's event)."""
        self.keypad = self.view.keypad or NO_KEYPAD

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.on_view()

    def enter(self) -> None:
        """Show the list from its top."""
        self.ids.choices.to_top()
