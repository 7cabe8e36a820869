"""The screen between payments: ready, and the one thing to do. Impure: draws."""

from __future__ import annotations

from typing import ClassVar

from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv

load_kv(__file__)


class IdleBody(StepBody):
    """The mark, what can be done, what the terminal stands for."""

    wide_action: ClassVar[bool] = True
