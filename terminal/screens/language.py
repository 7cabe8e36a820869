"""The way to another language, at the top right of every screen that has one. Impure: draws."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.properties import ObjectProperty
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
        self._build_soon = Clock.create_trigger(self._build, -1)
        super().__init__(**kwargs)
        for name in ("view", "gate"):
            self.fbind(name, self._build_soon)
        self._build_soon()

    def _build(self, *_: object) -> None:
        button = next((button for button in self.view.buttons if button.id is ButtonId.LANGUAGE), None)
        if button == self._button:
            return
        self._button = button
        self.clear_widgets()
        if button is not None:
            self.add_widget(ViewButton.of(button, self.gate))
