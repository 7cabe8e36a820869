"""Where there is nothing to do but read: working, waiting, how it ended. One large sign in the tone's panel, the payment
beside it. Impure: draws.
"""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty

from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv

load_kv(__file__)


class StatusPanel(StepBody):
    """Sign, title, message and detail on the tone's tint; centred where it has the screen for itself."""

    centred = BooleanProperty(False)


class StatusBody(StepBody):
    """The panel; with a payment to show, the payment at its right."""

    titled: ClassVar[bool] = False
