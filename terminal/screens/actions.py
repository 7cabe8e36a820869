"""The bar at the bottom: what can be done, the one primary action in the right half. Impure: draws."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenter.view import Button, ButtonId, ButtonKind
from terminal.screens.body import BLANK
from terminal.screens.kv import load_kv
from terminal.screens.pressable import ViewButton

load_kv(__file__)

_OTHERS_AT_LEAST = 2
"""A lone button beside the primary one takes a quarter of the width."""


class ActionHalf(BoxLayout):
    """One half of the row."""


class ActionRow(BoxLayout):
    """The buttons of the view but the language's, rebuilt only when they change; gone where there is none."""

    view = ObjectProperty(BLANK, rebind=True)
    gate = ObjectProperty(None, allownone=True)
    wide = BooleanProperty(False)
    """Whether a lone primary button takes the whole width."""

    occupied = BooleanProperty(False)

    def __init__(self, **kwargs: object) -> None:
        self._drawn: tuple[tuple[Button, ...], bool] = ((), False)
        self._build_soon = Clock.create_trigger(self._build, -1)
        super().__init__(**kwargs)
        for name in ("view", "wide"):
            self.fbind(name, self._build_soon)
        self._build_soon()

    def _build(self, *_: object) -> None:
        wanted = tuple(button for button in self.view.buttons if button.id is not ButtonId.LANGUAGE)
        if (wanted, self.wide) == self._drawn:
            return
        self._drawn = (wanted, self.wide)
        self.clear_widgets()
        self.occupied = bool(wanted)
        if not wanted:
            return
        primary = [button for button in wanted if button.kind is ButtonKind.PRIMARY]
        others = [button for button in wanted if button.kind is not ButtonKind.PRIMARY]
        if others or not self.wide:
            self.add_widget(self._half(others, _OTHERS_AT_LEAST))
        self.add_widget(self._half(primary, 1))

    def _half(self, buttons: list[Button], places: int) -> ActionHalf:
        half = ActionHalf()
        for button in buttons:
            half.add_widget(ViewButton.of(button, self.gate))
        for _ in range(len(buttons), places):
            half.add_widget(Widget())
        return half
