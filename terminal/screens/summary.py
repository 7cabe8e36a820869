"""The payment as facts: the amount, large, and the labelled rows; the party larger than the rest. Impure: draws."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenter.view import Row
from terminal.screens import theme
from terminal.screens.kv import load_kv

load_kv(__file__)


_SPARE = 0.0001
"""The share of the empty rest: it only takes what the rows, at their full height, leave."""


class FactRow(BoxLayout):
    """One labelled fact."""

    row = ObjectProperty(Row(label="", value=""))


class PartyRow(BoxLayout):
    """The fact that matters most (who is paid), its label above it."""

    row = ObjectProperty(Row(label="", value=""))


class Facts(BoxLayout):
    """The rows of a view, strong ones as `PartyRow`; shrinks when there is less room, never grows past its design."""

    rows = ObjectProperty(())
    compact = BooleanProperty(False)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("rows", self._build)
        self.fbind("compact", self._build)
        self._build()

    def _build(self, *_: object) -> None:
        self.clear_widgets()
        for row in self.rows:
            tall = row.strong and not self.compact
            self.add_widget(PartyRow(row=row) if tall else FactRow(row=row))
        self.add_widget(Widget(size_hint_y=_SPARE))


class Summary(BoxLayout):
    """Amount and rows of a view, from the top down."""

    amount = StringProperty("")
    rows = ObjectProperty(())
    style = ObjectProperty(theme.AMOUNT)
    amount_height = NumericProperty(68)
    compact = BooleanProperty(False)
    """Strong rows on one line too, where there is little room."""
