"""The frame around each step's screen: header, body, actions, status line. It swaps the body when the step changes and
only tells it the new view otherwise. Impure: draws.
"""

from __future__ import annotations

from kivy.properties import NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import View
from terminal.screens.actions import ActionRow
from terminal.screens.body import BLANK, StepBody
from terminal.screens.gate import TouchGate
from terminal.screens.header import Header
from terminal.screens.kv import load_kv
from terminal.screens.preview import PreviewFeed
from terminal.screens.registry import BODIES
from terminal.screens.text import Text

load_kv(__file__)


class StatusLine(Text):
    """The state of everything in one line, at the very bottom."""


class Frame(BoxLayout):
    """The root of the window."""

    view = ObjectProperty(BLANK, rebind=True)
    now_ms = NumericProperty(0)

    def __init__(self, gate: TouchGate, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.gate = gate
        self.feed = PreviewFeed()
        self._body: StepBody | None = None
        self._header = Header(gate=gate)
        self._actions = ActionRow(gate=gate)
        self._status = StatusLine()

    def show(self, view: View) -> None:
        """Draw a view; to be called when it changed."""
        self.gate.show(view)
        body_class = BODIES[view.screen]
        if self._body is None or view.screen is not self.view.screen:
            self._body = body_class(view=view, gate=self.gate, feed=self.feed, now_ms=self.now_ms)
            self._compose(self._body)
        self.view = self._body.view = self._header.view = self._actions.view = view
        self._actions.with_language, self._actions.wide = not body_class.titled, body_class.wide_action
        self._status.content = view.status_line

    def tick(self, now_ms: int) -> None:
        """The time of this frame: moves countdowns and the working sign."""
        self.gate.tick(now_ms)
        self.now_ms = self._header.now_ms = now_ms
        if self._body is not None:
            self._body.now_ms = now_ms

    def _compose(self, body: StepBody) -> None:
        self.clear_widgets()
        if body.titled:
            self.add_widget(self._header)
        for part in (body, self._actions, self._status):
            self.add_widget(part)
