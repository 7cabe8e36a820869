"""Grounds that group what belongs together: a white card, a tone's panel, a note. Impure: draws."""

from __future__ import annotations

from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import Tone
from terminal.screens.kv import load_kv

load_kv(__file__)


class Card(BoxLayout):
    """A white card."""


class Note(BoxLayout):
    """Sign, message and detail on the tone's tint; nothing of it where both are empty."""

    tone = ObjectProperty(Tone.NEUTRAL)
    message = StringProperty("")
    detail = StringProperty("")
    now_ms = NumericProperty(0)
