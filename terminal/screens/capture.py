"""Payee capture and payer capture: the picture or the finger at the left, the one thing to do next at the right, large;
what it is for below. Impure: draws.
"""

from __future__ import annotations

from kivy.properties import AliasProperty, BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

from terminal.presenter.view import CaptureGuide
from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv
from terminal.screens.preview import PreviewPane

load_kv(__file__)

NO_CAPTURE = CaptureGuide(prompt="")


class FingerPane(FloatLayout):
    """A finger in its ring, which fills as the reading goes on."""

    fraction = NumericProperty(0)


class SensorSlot(BoxLayout):
    """The picture or the finger, whichever sensor is asked."""

    preview = BooleanProperty(False)
    fraction = NumericProperty(0)
    feed = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._finger = FingerPane(fraction=self.fraction)
        self._pane = PreviewPane(feed=self.feed)
        self.fbind("preview", self._choose)
        self.fbind("fraction", self._finger.setter("fraction"))
        self.fbind("feed", self._pane.setter("feed"))
        self._choose()

    def _choose(self, *_: object) -> None:
        self.clear_widgets()
        self.add_widget(self._pane if self.preview else self._finger)


class CaptureBody(StepBody):
    """Both captures."""

    def _get_guide(self) -> CaptureGuide:
        return self.view.capture or NO_CAPTURE

    guide = AliasProperty(_get_guide, None, bind=("view",), rebind=True)
