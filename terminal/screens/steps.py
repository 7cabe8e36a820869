"""How far a liveness challenge is: one segment an action, the done ones with a tick. Impure: draws."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.screens.kv import load_kv

load_kv(__file__)


class Segment(BoxLayout):
    """One action of the challenge."""

    done = BooleanProperty(False)
    current = BooleanProperty(False)


class ChallengeSteps(BoxLayout):
    """`done` of `total` actions; nothing where there is no challenge."""

    done = NumericProperty(0)
    total = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("done", self._build)
        self.fbind("total", self._build)
        self._build()

    def _build(self, *_: object) -> None:
        self.clear_widgets()
        for index in range(int(self.total)):
            self.add_widget(Segment(done=index < self.done, current=index == self.done))
        if self.total:
            self.add_widget(Widget())
