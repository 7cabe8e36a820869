"""The moves from one step to the next that have several causes. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import CaptureOutcome, Consent, FirstInstruction, SealedProbe, SecondInstruction
from server_mqtt.contract.messages import PayeeCapture as PayeeCaptureMessage
from server_mqtt.contract.messages import PayerCapture as PayerCaptureMessage
from server_mqtt.contract.reasons import Reason
from terminal.session.book import entry_of, marked_stopped, with_answer, write
from terminal.session.commands import Send, StartCapture
from terminal.session.next import Next, enter, stay
from terminal.session.sensors import choose
from terminal.session.state import (
    AnyInstruction,
    Capturing,
    Checking,
    Consenting,
    Idle,
    Outcome,
    Requesting,
    SessionState,
    Verifying,
    Why,
    payments_of,
)
from terminal.session.wanted import why_unwanted


def go_idle(state: SessionState, now_ms: int) -> Next:
    """What comes after a payment: an instruction that waits, else an outcome nobody saw, else rest."""
    begun = begin_waiting(state, now_ms)
    if begun is not None:
        return begun
    news = tuple(one for one in state.news if entry_of(state, one) is not None)
    state = replace(state, waiting=(), news=news)
    if news:
        return enter(state, Outcome(payment_id=news[0], since_ms=now_ms), now_ms)
    return enter(state, Idle(), now_ms)


def begin_waiting(state: SessionState, now_ms: int) -> Next | None:
    """The first instruction that waits and still means something, if there is one."""
    waiting = tuple(one for one in state.waiting if one.ends_at_ms > now_ms and _wanted(state, one.instruction))
    if not waiting:
        return None
    state = replace(state, waiting=waiting[1:])
    return begin(state, waiting[0].instruction, waiting[0].received_at_ms, now_ms)


def begin(state: SessionState, instruction: AnyInstruction, received_at_ms: int, now_ms: int) -> Next:
    """The payee is captured at once; the payer reads first, unless they agreed to just this before."""
    if isinstance(instruction, FirstInstruction):
        return capture(state, instruction, received_at_ms, None, now_ms)
    agreed = state.step.consent if isinstance(state.step, Capturing | Verifying) else None
    if agreed == consent_to(instruction) and agreed is not None and _same_payment(state, instruction):
        return capture(state, instruction, received_at_ms, agreed, now_ms)
    step = Consenting(instruction=instruction, received_at_ms=received_at_ms, shown_at_ms=now_ms)
    return enter(state, step, now_ms)


def capture(
    state: SessionState, instruction: AnyInstruction, received_at_ms: int, consent: Consent | None, now_ms: int
) -> Next:
    """Start the sensors; without a sensor that the server accepts, say so at once."""
    modalities = choose(state.settings.order, state.health, instruction)
    if not modalities:
        step = Capturing(instruction=instruction, received_at_ms=received_at_ms, consent=consent)
        return answer(state, step, CaptureOutcome.SENSOR_FAILED, (), now_ms)
    start = StartCapture(
        instruction=instruction, modalities=modalities, ends_at_ms=received_at_ms + instruction.preset_time_ms
    )
    step = Capturing(instruction=instruction, received_at_ms=received_at_ms, consent=consent)
    return enter(state, step, now_ms, start)


def answer(
    state: SessionState,
    step: Capturing,
    outcome: CaptureOutcome | None,
    probes: tuple[SealedProbe, ...],
    now_ms: int,
) -> Next:
    """Tell the server what became of the capture. A time that is over is the server's to notice: no answer."""
    verifying = Verifying(instruction=step.instruction, since_ms=now_ms, outcome=outcome, consent=step.consent)
    if outcome is None:
        return enter(state, verifying, now_ms)
    send = Send(payment_id=step.payment_id, body=answer_body(step, outcome, probes))
    return enter(with_answer(state, step.instruction), verifying, now_ms, send)


def consent_to(instruction: SecondInstruction) -> Consent:
    """What the payer agrees to: exactly what the screen made of this instruction says."""
    return Consent(
        payee_account=instruction.payee_account,
        payee_name=instruction.payee_name,
        amount_minor=instruction.amount_minor,
        currency=instruction.currency,
        first_verdict=instruction.first_result.verdict,
        held=instruction.hold is not None,
    )


def say_no(state: SessionState, payment_id: str, why: Why, now_ms: int, *sends: Send) -> Next:
    """Somebody here ends the payment; how it ended is the server's word."""
    state = marked_stopped(state, payment_id)
    return enter(state, Checking(payment_ids=(payment_id,), since_ms=now_ms, why=why), now_ms, *sends)


def unsent(state: SessionState, payment_id: str, now_ms: int) -> Next:
    """The disk did not keep the request, so it never left: there is no such payment."""
    entry = entry_of(state, payment_id)
    if not isinstance(state.step, Requesting) or state.step.payment_id != payment_id or entry is None:
        return stay(state)
    state = replace(state, book=tuple(other for other in state.book if other is not entry))
    return go_idle(state, now_ms)


def resolved(state: SessionState, payment_id: str, now_ms: int) -> Next:
    """The server said how a payment of the present step stands; show it once nothing else is unclear."""
    step = state.step
    if isinstance(step, Checking):
        left = tuple(other for other in step.payment_ids if other != payment_id)
        if left:
            state = with_news(state, payment_id)
            return replace(state, step=replace(step, payment_ids=left)), ()
    return enter(state, Outcome(payment_id=payment_id, since_ms=now_ms), now_ms)


def with_news(state: SessionState, payment_id: str) -> SessionState:
    """An outcome to show when the terminal has time."""
    others = tuple(other for other in state.news if other != payment_id)
    return replace(state, news=(*others, payment_id))


def refused(state: SessionState, payment_id: str, reason: Reason, now_ms: int) -> Next:
    """The server does not have this payment: nothing of it happened, and nothing of it is gone on with here, even if a
    message that was under way makes the server know of it later.
    """
    entry = entry_of(state, payment_id)
    if entry is None:
        return stay(state)
    from_server = replace(entry, refused=reason, heard_at_ms=now_ms, stopped=True)
    return resolved_anywhere(write(state, from_server), payment_id, now_ms)


def resolved_anywhere(state: SessionState, payment_id: str, now_ms: int) -> Next:
    """As `resolved`, or news where the terminal is at something else."""
    if payment_id in payments_of(state.step):
        return resolved(state, payment_id, now_ms)
    state = with_news(state, payment_id)
    return go_idle(state, now_ms) if isinstance(state.step, Idle) else stay(state)


def _wanted(state: SessionState, instruction: AnyInstruction) -> bool:
    entry = entry_of(state, instruction.payment_id)
    return entry is not None and why_unwanted(entry, instruction) is None


def _same_payment(state: SessionState, instruction: AnyInstruction) -> bool:
    return isinstance(state.step, Capturing | Verifying) and state.step.payment_id == instruction.payment_id


def answer_body(
    step: Capturing, outcome: CaptureOutcome, probes: tuple[SealedProbe, ...]
) -> PayeeCaptureMessage | PayerCaptureMessage:
    instruction = step.instruction
    if isinstance(instruction, FirstInstruction):
        return PayeeCaptureMessage(
            payment_id=instruction.payment_id,
            instruction_id=instruction.instruction_id,
            nonce=instruction.nonce,
            outcome=outcome,
            probes=probes,
        )
    return PayerCaptureMessage(
        payment_id=instruction.payment_id,
        instruction_id=instruction.instruction_id,
        nonce=instruction.nonce,
        outcome=outcome,
        consent=step.consent or consent_to(instruction),
        probes=probes,
    )
