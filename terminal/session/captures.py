"""What the sensors' news do. Pure. News of a capture that nobody waits for any more is ignored."""

from __future__ import annotations

from dataclasses import replace

from terminal.session.events import CaptureEnded, CaptureMoved
from terminal.session.flow import answer
from terminal.session.next import Next, ignored, stay
from terminal.session.state import Capturing, SessionState


def capture_moved(state: SessionState, event: CaptureMoved, _now_ms: int) -> Next:
    """A step further, or a hint."""
    step = state.step
    if not isinstance(step, Capturing) or step.instruction.instruction_id != event.instruction_id:
        return stay(state)
    return replace(state, step=replace(step, progress=event.progress)), ()


def capture_ended(state: SessionState, event: CaptureEnded, now_ms: int) -> Next:
    """Something to answer, or the time was over."""
    step = state.step
    if not isinstance(step, Capturing) or step.instruction.instruction_id != event.instruction_id:
        return ignored(state, "capture", "nobody_waits")
    return answer(state, step, event.outcome, event.probes, now_ms)
