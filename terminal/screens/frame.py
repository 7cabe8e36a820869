"""The frame around each step's screen: header, body, actions, status line. It swaps the body when the step changes and
only tells it the new view otherwise. Impure: draws.
"""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import ScreenName, View
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
    filled = BooleanProperty(False)
    """Whether the whole screen has the tone's ground; a titled one has it in its header only."""

    def __init__(self, gate: TouchGate, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.gate = gate
        self.feed = PreviewFeed()
        self._bodies: dict[ScreenName, StepBody] = {}
        self._body: StepBody | None = None
        self._header = Header(gate=gate)
        self._actions = ActionRow(gate=gate)
        self._status = StatusLine()

    def show(self, view: View) -> None:
        """Draw a view; to be called when it changed."""
        self.gate.show(view)
        body = self._body_of(view)
        if body is not self._body:
            self._body = body
            self._compose(body)
        self.view = body.view = self._header.view = self._actions.view = view
        self.filled = not body.titled
        self._actions.wide = body.wide_action
        self._status.content = view.status_line

    def tick(self, now_ms: int) -> None:
        """The time of this frame: moves countdowns and the working sign."""
        self.gate.tick(now_ms)
        self.now_ms = self._header.now_ms = now_ms
        if self._body is not None:
            self._body.now_ms = now_ms

    def _body_of(self, view: View) -> StepBody:
        if self._body is not None and view.screen is self.view.screen:
            return self._body
        body = self._bodies.get(view.screen)
        if body is None:
            body = BODIES[view.screen](view=view, gate=self.gate, feed=self.feed, now_ms=self.now_ms)
            if body.kept:
                self._bodies[view.screen] = body
        return body

    def _compose(self, body: StepBody) -> None:
        self.clear_widgets()
        body.now_ms = self.now_ms
        body.enter()
        if body.titled:
            self.add_widget(self._header)
        for part in (body, self._actions, self._status):
            self.add_widget(part)
