"""How far a liveness challenge is: one segment an action, the done ones with a tick. Impure: draws."""

from __future__ import annotations

from kivy.clock import Clock
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
        self._build_soon = Clock.create_trigger(self._build, -1)
        super().__init__(**kwargs)
        for name in ("done", "total"):
            self.fbind(name, self._build_soon)
        self._build_soon()

    def _build(self, *_: object) -> None:
        self.clear_widgets()
        for index in range(int(self.total)):
            self.add_widget(Segment(done=index < self.done, current=index == self.done))
        if self.total:
            self.add_widget(Widget())
