"""The payment as facts: the amount, large, and the labelled rows; the party larger than the rest. Impure: draws."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import Row
from terminal.screens import theme
from terminal.screens.kv import load_kv
from terminal.screens.stack import Stack
from terminal.screens.text import Text

load_kv(__file__)

LABEL_SHARE = 0.34
"""How much of a row's width its label has."""


class FactRow(BoxLayout):
    """One labelled fact on one line: a `Piece` of a `Stack`."""

    row = ObjectProperty(Row(label="", value=""))
    revision = NumericProperty(0)

    @property
    def steps(self) -> int:
        """How many sizes smaller it can be drawn."""
        return int(max(self.ids.label.steps, self.ids.value.steps))

    def height_at(self, width: float, step: int) -> float:
        """The height of the higher of the two."""
        room = width - self.spacing
        label, value = self.ids.label, self.ids.value
        return float(max(label.height_at(room * LABEL_SHARE, step), value.height_at(room * (1 - LABEL_SHARE), step)))


class PartyRow(BoxLayout):
    """The fact that matters most (who is paid), its label above it: a `Piece` of a `Stack`."""

    row = ObjectProperty(Row(label="", value=""))
    revision = NumericProperty(0)

    @property
    def steps(self) -> int:
        """How many sizes smaller it can be drawn."""
        return int(self.ids.value.steps)

    def height_at(self, width: float, step: int) -> float:
        """The height of both."""
        return float(self.ids.label.height + self.ids.value.height_at(width, step))


class Summary(Stack):
    """Amount and rows of a view, from the top down; rebuilt only when they change."""

    amount = StringProperty("")
    rows = ObjectProperty(())
    style = ObjectProperty(theme.AMOUNT)
    compact = BooleanProperty(False)
    """Strong rows on one line too, where there is little room."""

    def __init__(self, **kwargs: object) -> None:
        self._build_soon = Clock.create_trigger(self._build, -1)
        super().__init__(**kwargs)
        for name in ("amount", "rows", "style", "compact"):
            self.fbind(name, self._build_soon)
        self._build_soon()

    def _build(self, *_: object) -> None:
        self.clear_widgets()
        if self.amount:
            self.add_widget(Text(content=self.amount, style=self.style))
        for row in self.rows:
            tall = row.strong and not self.compact
            self.add_widget(PartyRow(row=row) if tall else FactRow(row=row))
