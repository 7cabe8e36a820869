"""The consent: who is paid and how much at the left; beside it who was found behind the counter, and what that means
for the money. Impure: draws.
"""

from __future__ import annotations

from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv

load_kv(__file__)


class SecondInstructionBody(StepBody):
    """The payment, and the first result in its tone."""
