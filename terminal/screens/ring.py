"""Rings: the preset time that is left, and how far a capture is. Impure: draws."""

from __future__ import annotations

from kivy.properties import AliasProperty, ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from terminal.screens import theme
from terminal.screens.countdown import hurries, left_fraction, spell_left
from terminal.screens.kv import load_kv

load_kv(__file__)


class Ring(Widget):
    """A circle filled clockwise from the top as far as `fraction` (0..1)."""

    fraction = NumericProperty(0)
    color = ColorProperty(theme.BRAND)
    track = ColorProperty(theme.EDGE)
    thickness = NumericProperty(5)


class CountdownRing(FloatLayout):
    """The seconds left in their ring, for as long as there is a `countdown`."""

    countdown = ObjectProperty(None, allownone=True)
    now_ms = NumericProperty(0)

    def _get_fraction(self) -> float:
        return 0.0 if self.countdown is None else left_fraction(self.countdown, int(self.now_ms))

    def _get_spelled(self) -> str:
        return "" if self.countdown is None else spell_left(self.countdown, int(self.now_ms))

    def _get_hurry(self) -> bool:
        return self.countdown is not None and hurries(self.countdown, int(self.now_ms))

    fraction = AliasProperty(_get_fraction, None, bind=("countdown", "now_ms"), cache=True)
    spelled = AliasProperty(_get_spelled, None, bind=("countdown", "now_ms"), cache=True)
    hurry = AliasProperty(_get_hurry, None, bind=("countdown", "now_ms"), cache=True)
