"""The payment before it is asked for: how much and to whom, as large as the screen lets. Impure: draws."""

from __future__ import annotations

from terminal.screens.body import StepBody
from terminal.screens.kv import load_kv

load_kv(__file__)


class ReviewBody(StepBody):
    """Amount, party, then what there is to say."""
