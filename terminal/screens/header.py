"""The band on top: the tone's sign, the title, the language, the time left. Impure: draws."""

from __future__ import annotations

from kivy.properties import NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.screens.body import BLANK
from terminal.screens.kv import load_kv

load_kv(__file__)


class Header(BoxLayout):
    """The band of a titled screen."""

    view = ObjectProperty(BLANK, rebind=True)
    gate = ObjectProperty(None, allownone=True)
    now_ms = NumericProperty(0)
