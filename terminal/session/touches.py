"""What a touch does, per step and button. Pure. A touch that a step has no use for does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    Modality,
    PayeeRefusal,
    PayerStop,
    Purpose,
    Role,
)
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed
from terminal.session.commands import Send
from terminal.session.entry import ENTRY_BUTTONS, choose_payee, key_amount, key_payee
from terminal.session.events import Touched
from terminal.session.flow import answer_body, capture, consent_to, go_idle, say_no
from terminal.session.health import out_of_service
from terminal.session.limits import CONSENT_SETTLE_MS, LEAVE_AFTER_MS
from terminal.session.next import Next, enter, stay
from terminal.session.state import (
    AmountEntry,
    AwaitingPayee,
    AwaitingPayer,
    Capturing,
    Checking,
    Consenting,
    Outcome,
    PayeeEntry,
    Requesting,
    SessionState,
    Step,
    Verifying,
    Why,
)

TouchHandler = Callable[[SessionState, Any, Touched, int], Next]


def touched(state: SessionState, event: Touched, now_ms: int) -> Next:
    """One touch. While the terminal is out of service only the language can be changed."""
    touch = event.touch
    if touch == Pressed(button=ButtonId.LANGUAGE):
        return replace(state, language=state.language.following), ()
    if out_of_service(state, now_ms) is not None:
        return stay(state)
    handler = handler_for(state.step, touch)
    return stay(state) if handler is None else handler(state, state.step, event, now_ms)


def handler_for(step: Step, touch: Pressed | Keyed | Chosen) -> TouchHandler | None:
    """What this touch does in this step, if anything."""
    if isinstance(touch, Pressed):
        return BUTTONS.get((type(step), touch.button))
    table = KEYS if isinstance(touch, Keyed) else CHOICES
    return table.get(type(step))


def consent(state: SessionState, step: Consenting, _event: Touched, now_ms: int) -> Next:
    """The payer agrees to exactly what the screen showed, if it showed it long enough for the touch to be meant."""
    if now_ms - step.shown_at_ms < CONSENT_SETTLE_MS:
        return stay(state)
    return capture(state, step.instruction, step.received_at_ms, consent_to(step.instruction), now_ms)


def stop(state: SessionState, step: Requesting | AwaitingPayee | Consenting, _event: Touched, now_ms: int) -> Next:
    """The payer stops; whether that was in time is the server's word."""
    return _stop(state, step.payment_id, now_ms)


def stop_capture(state: SessionState, step: Capturing, _event: Touched, now_ms: int) -> Next:
    """The payer steps back from the sensor: the payment is stopped."""
    if isinstance(step.instruction, FirstInstruction):
        return stay(state)
    return _stop(state, step.payment_id, now_ms, *_given_up(step))


def stop_checking(state: SessionState, step: Checking, _event: Touched, now_ms: int) -> Next:
    """After a restart the payer may end what is still open."""
    if step.why is not Why.RESTARTED or state.settings.role is not Role.PAYER or len(step.payment_ids) != 1:
        return stay(state)
    return _stop(state, step.payment_ids[0], now_ms)


def refuse(state: SessionState, step: Capturing, _event: Touched, now_ms: int) -> Next:
    """The payee does not want the payment; money that is held already is only left for later: this asking ends."""
    instruction = step.instruction
    if not isinstance(instruction, FirstInstruction):
        return stay(state)
    refusal = Send(payment_id=step.payment_id, body=PayeeRefusal(payment_id=step.payment_id))
    sends = (*_given_up(step), refusal)
    if instruction.purpose is Purpose.RELEASE:
        return enter(state, Outcome(payment_id=step.payment_id, since_ms=now_ms), now_ms, *sends)
    return say_no(state, step.payment_id, Why.REFUSED, now_ms, *sends)


def done(state: SessionState, _step: Outcome | AwaitingPayer, _event: Touched, now_ms: int) -> Next:
    """Read; the terminal is free."""
    return go_idle(state, now_ms)


def leave_checking(state: SessionState, step: Checking, _event: Touched, now_ms: int) -> Next:
    """Nobody has to stand there for ever: the outcome is shown when it is known."""
    return go_idle(state, now_ms) if now_ms - step.since_ms >= LEAVE_AFTER_MS else stay(state)


def leave_verifying(state: SessionState, step: Verifying, _event: Touched, now_ms: int) -> Next:
    """As for a check."""
    return go_idle(state, now_ms) if now_ms - step.since_ms >= LEAVE_AFTER_MS else stay(state)


def _stop(state: SessionState, payment_id: str, now_ms: int, *before: Send) -> Next:
    send = Send(payment_id=payment_id, body=PayerStop(payment_id=payment_id))
    return say_no(state, payment_id, Why.STOPPED, now_ms, *before, send)


def _given_up(step: Capturing) -> tuple[Send, ...]:
    """Whoever leaves a challenge that has begun has failed it.

    Else a recording could be tried for as long as it takes until a challenge fits it, and never count as a failure.
    """
    progress = step.progress
    if progress.modality is not Modality.FACE or (progress.action is None and progress.step == 0):
        return ()
    return (Send(payment_id=step.payment_id, body=answer_body(step, CaptureOutcome.LIVENESS_FAILED, ())),)


_PAYMENT_BUTTONS: Final[dict[tuple[type[Step], ButtonId], TouchHandler]] = {
    (Requesting, ButtonId.STOP): stop,
    (AwaitingPayee, ButtonId.STOP): stop,
    (Consenting, ButtonId.CONSENT): consent,
    (Consenting, ButtonId.STOP): stop,
    (Capturing, ButtonId.STOP): stop_capture,
    (Capturing, ButtonId.REFUSE): refuse,
    (AwaitingPayer, ButtonId.DONE): done,
    (Verifying, ButtonId.DONE): leave_verifying,
    (Outcome, ButtonId.DONE): done,
    (Checking, ButtonId.STOP): stop_checking,
    (Checking, ButtonId.DONE): leave_checking,
}
BUTTONS: Final[dict[tuple[type[Step], ButtonId], TouchHandler]] = {**ENTRY_BUTTONS, **_PAYMENT_BUTTONS}
"""Every button that does something, per step; LANGUAGE does the same everywhere."""
KEYS: Final[dict[type[Step], TouchHandler]] = {PayeeEntry: key_payee, AmountEntry: key_amount}
CHOICES: Final[dict[type[Step], TouchHandler]] = {PayeeEntry: choose_payee}
