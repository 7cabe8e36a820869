"""The keypad: rows of keys as the view spells them. Impure: draws."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.screens.kv import load_kv
from terminal.screens.pressable import Key

load_kv(__file__)


class KeypadGrid(BoxLayout):
    """Draws `keys` (rows of keys; an empty key leaves its place free); rebuilt only when they change."""

    keys = ObjectProperty(())
    gate = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: object) -> None:
        self._build_soon = Clock.create_trigger(self._build, -1)
        super().__init__(**kwargs)
        for name in ("keys", "gate"):
            self.fbind(name, self._build_soon)
        self._build_soon()

    def _build(self, *_: object) -> None:
        self.clear_widgets()
        for row in self.keys:
            line = KeyRow()
            for key in row:
                line.add_widget(Key.of(key, self.gate) if key else Widget())
            self.add_widget(line)


class KeyRow(BoxLayout):
    """One row of keys."""
