"""Where there is nothing to do but read: working, waiting, how it ended. One large sign on the tone's ground, the words
below it, the payment beside them. Impure: draws.
"""

from __future__ import annotations

from typing import ClassVar

from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv

load_kv(__file__)


class StatusBody(StepBody):
    """Sign, title, message and detail; centred where there is no payment to show."""

    titled: ClassVar[bool] = False
