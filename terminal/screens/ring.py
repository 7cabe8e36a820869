"""Rings: the preset time that is left, and how far a capture is. Impure: draws."""

from __future__ import annotations

from kivy.properties import AliasProperty, ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from terminal.presenter.view import Countdown
from terminal.screens import theme
from terminal.screens.kv import load_kv

load_kv(__file__)

_STEPS = 360
"""A ring moves in whole degrees, so that it is drawn again only when a hand would move."""
_HURRY_MS = 10_000
"""What is left when the ring says hurry: the ink changes, and the number is the smaller one."""
_MINUTE_S = 60
_LONGEST_IN_SECONDS = 99


def left_ms(countdown: Countdown, now_ms: int) -> int:
    """What is left of the preset time: 0..total."""
    return max(0, min(countdown.total_ms, countdown.ends_at_ms - now_ms))


def spell_left(milliseconds: int) -> str:
    """Whole seconds, begun ones counted; from 100 s on as minutes and seconds."""
    seconds = -(-milliseconds // 1000)
    if seconds <= _LONGEST_IN_SECONDS:
        return str(seconds)
    return f"{seconds // _MINUTE_S}:{seconds % _MINUTE_S:02d}"


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
        if self.countdown is None or self.countdown.total_ms <= 0:
            return 0.0
        return round(left_ms(self.countdown, self.now_ms) / self.countdown.total_ms * _STEPS) / _STEPS

    def _get_spelled(self) -> str:
        return "" if self.countdown is None else spell_left(left_ms(self.countdown, self.now_ms))

    def _get_hurry(self) -> bool:
        return self.countdown is not None and left_ms(self.countdown, self.now_ms) <= _HURRY_MS

    fraction = AliasProperty(_get_fraction, None, bind=("countdown", "now_ms"), cache=True)
    spelled = AliasProperty(_get_spelled, None, bind=("countdown", "now_ms"), cache=True)
    hurry = AliasProperty(_get_hurry, None, bind=("countdown", "now_ms"), cache=True)
