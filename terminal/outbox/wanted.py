"""For how long the server wants a message. Pure."""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.limits import MAX_PRESET_TIME_MS
from server_mqtt.contract.messages import Message, PayeeCapture, PayerCapture
from terminal.session.state import Capturing, SessionState, Verifying

LATE_ANSWER_MS: Final = 1_000
"""An answer that is late all the same is said once, and soon given up: the server decides by its own clock."""


def wanted_for_ms(before: SessionState, after: SessionState, body: Message, now_ms: int) -> int | None:
    """What is left of the preset time that `body` answers within; None for what has no time.

    `before` and `after` are the session around the event that said it.
    """
    if not isinstance(body, PayeeCapture | PayerCapture):
        return None
    step = before.step
    if isinstance(step, Capturing) and step.instruction.instruction_id == body.instruction_id:
        return max(LATE_ANSWER_MS, step.received_at_ms + step.instruction.preset_time_ms - now_ms)
    if isinstance(after.step, Verifying):
        return after.step.instruction.preset_time_ms  # answered at once: there was nothing to capture with
    return MAX_PRESET_TIME_MS
