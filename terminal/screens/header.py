"""The band on top: the tone's sign, the title, the time left, the language. Impure: draws."""

from __future__ import annotations

from kivy.properties import NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import Button, ButtonId
from terminal.screens.body import BLANK
from terminal.screens.kv import load_kv
from terminal.screens.pressable import ViewButton

load_kv(__file__)


class LanguageSlot(BoxLayout):
    """The button that changes the language, where the view has one."""

    view = ObjectProperty(BLANK, rebind=True)
    gate = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: object) -> None:
        self._button: Button | None = None
        super().__init__(**kwargs)
        self.fbind("view", self._build)
        self._build()

    def _build(self, *_: object) -> None:
        button = next((button for button in self.view.buttons if button.id is ButtonId.LANGUAGE), None)
        if button == self._button:
            return
        self._button = button
        self.clear_widgets()
        if button is not None:
            self.add_widget(ViewButton.of(button, self.gate))


class Header(BoxLayout):
    """The band of a titled screen."""

    view = ObjectProperty(BLANK, rebind=True)
    gate = ObjectProperty(None, allownone=True)
    now_ms = NumericProperty(0)
