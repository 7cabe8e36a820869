"""What every step's screen is made of: view, gate for its touches, time, the camera's picture. Impure: draws."""

from __future__ import annotations

from typing import ClassVar, Final

from kivy.properties import AliasProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import ScreenName, View

BLANK: Final = View(screen=ScreenName.STARTING, title="")
"""What a widget shows before it is told."""


class StepBody(BoxLayout):
    """The middle of a screen. Its `.kv` says what of the view stands where."""

    titled: ClassVar[bool] = True
    """Whether the frame's header carries title, countdown and language; a body that is not titled draws the title."""

    wide_action: ClassVar[bool] = False
    """Whether the one thing to do takes the whole width."""

    kept: ClassVar[bool] = False
    """Whether the body waits for the next time its screen is shown, for it takes several frames to build on a Pi."""

    view = ObjectProperty(BLANK, rebind=True)
    gate = ObjectProperty(None, allownone=True)
    feed = ObjectProperty(None, allownone=True)
    now_ms = NumericProperty(0)

    def _get_has_facts(self) -> bool:
        return bool(self.view.amount or self.view.rows)

    def enter(self) -> None:
        """The screen is shown anew: forget what the last person did to it."""

    has_facts = AliasProperty(_get_has_facts, None, bind=("view",))
    """Whether there is a payment to show."""
