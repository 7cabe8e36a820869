"""What a handler gives back, and the few moves that several handlers share. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentQuery
from terminal.session.commands import Command, Ignored, Send, StopCapture
from terminal.session.state import Capturing, SessionState, Step, payments_of

Next = tuple[SessionState, tuple[Command, ...]]


def stay(state: SessionState) -> Next:
    """Nothing changes."""
    return state, ()


def enter(state: SessionState, step: Step, now_ms: int, *commands: Command) -> Next:
    """The session goes on with `step`; a capture that another step leaves behind is stopped."""
    before = state.step
    left: tuple[Command, ...] = ()
    if isinstance(before, Capturing) and not _same_capture(before, step):
        left = (StopCapture(instruction_id=before.instruction.instruction_id),)
    seen = payments_of(step)
    news = tuple(payment_id for payment_id in state.news if payment_id not in seen)
    return replace(state, step=step, news=news, queried_at_ms=now_ms), (*left, *commands)


def ignored(state: SessionState, what: str, why: str, payment_id: str = "") -> Next:
    """Nothing changes, and the log says why."""
    return state, (Ignored(what=what, why=why, payment_id=payment_id),)


def query(state: SessionState, payment_ids: tuple[str, ...], now_ms: int) -> Next:
    """Ask how these payments stand."""
    sends = tuple(Send(payment_id=one, body=PaymentQuery(payment_id=one)) for one in payment_ids)
    return replace(state, queried_at_ms=now_ms), sends


def _same_capture(before: Capturing, step: Step) -> bool:
    return isinstance(step, Capturing) and step.instruction.instruction_id == before.instruction.instruction_id
