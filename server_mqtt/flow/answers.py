"""An answer that counts: the attempt is counted, then there is a finding at once or after a comparison. Pure.

The same for first, second and release instructions; each brings its own `conclude`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from server_mqtt.contract.messages import PayeeCapture, PayerCapture, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import ConcludeAttempt, CountAttempt, Record
from server_mqtt.flow.events import Compared, PayeeCaptured, PayerCaptured
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.instructions import judged
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.verification.attempts import nothing_to_compare
from server_mqtt.verification.binding import check_answer
from server_mqtt.verification.finding import Finding

Conclude = Callable[[Payment, Finding, Facts, int], Next]


def take_answer(
    payment: Payment,
    event: PayeeCaptured | PayerCaptured,
    facts: Facts,
    now_ms: int,
    conclude: Conclude,
) -> Next | Reason:
    """Counts the attempt. What must be compared waits for `Compared`; what need not is concluded at once."""
    why = why_it_does_not_count(payment, event, facts, now_ms)
    if why is not None:
        return why
    counted = _count(payment, event.device, event.capture)
    finding = nothing_to_compare(event.capture)
    if finding is None:
        return counted
    return _concluded(counted.payment, event.capture.instruction_id, finding, facts, now_ms, conclude).after(
        *counted.effects
    )


def take_finding(payment: Payment, event: Compared, facts: Facts, now_ms: int, conclude: Conclude) -> Next:
    """What the comparison came to, if the payment still waits for it."""
    instruction = payment.open
    if instruction is None or not instruction.pending or instruction.instruction_id != event.instruction_id:
        return note_finding(payment, event, facts, now_ms)
    return _concluded(payment, event.instruction_id, event.finding, facts, now_ms, conclude)


def note_finding(payment: Payment, event: Compared, _facts: Facts, _now_ms: int) -> Next:
    """Nobody waits for this comparison any more: the attempt's row is concluded, the payment stays as it is."""
    return Next(payment=payment, effects=(_conclusion(event.instruction_id, event.finding),))


def unexpected_answer(
    payment: Payment, event: PayeeCaptured | PayerCaptured, facts: Facts, now_ms: int
) -> Next | Reason:
    """An answer in a state that waits for none of its end: refused as unknown, used, or late."""
    # With no open instruction of that role the check always finds a reason.
    return needed(why_it_does_not_count(payment, event, facts, now_ms), "reason to refuse an unexpected answer")


def why_it_does_not_count(
    payment: Payment, event: PayeeCaptured | PayerCaptured, facts: Facts, now_ms: int
) -> Reason | None:
    """Why the answer is not bound to the open instruction, or None."""
    role = Role.PAYEE if isinstance(event, PayeeCaptured) else Role.PAYER
    used = None if facts.named is None else facts.named.used
    received_at_ms = now_ms if event.received_at_ms is None else event.received_at_ms
    return check_answer(payment.open, role, event.device, event.capture, used, received_at_ms)


def _count(payment: Payment, device: str, capture: PayeeCapture | PayerCapture) -> Next:
    instruction = needed(payment.open, "open instruction")
    payee = instruction.role is Role.PAYEE
    count = CountAttempt(
        instruction_id=instruction.instruction_id,
        role=instruction.role,
        account=payment.payee_account if payee else payment.payer_account,
        device=device,
        nonce=instruction.nonce,
        outcome=capture.outcome,
        modalities=instruction.modalities,
        probes=capture.probes,
        asked=instruction.asked if nothing_to_compare(capture) is None else None,
    )
    record = Record(
        step=Step.PAYEE_CAPTURE if payee else Step.PAYER_CAPTURE,
        before=payment.state,
        after=payment.state,
        detail={"attempt": instruction.attempt, "outcome": capture.outcome},
    )
    return change(replace(payment, open=replace(instruction, pending=True))).then(count, record)


def _concluded(
    payment: Payment, instruction_id: str, finding: Finding, facts: Facts, now_ms: int, conclude: Conclude
) -> Next:
    instruction = needed(payment.open, "open instruction")
    role = instruction.role
    finding, facts = judged(instruction, finding, facts, now_ms)
    record = Record(
        step=Step.FIRST_VERIFICATION if role is Role.PAYEE else Step.SECOND_VERIFICATION,
        before=payment.state,
        after=payment.state,
        reason=finding.reason,
        detail={"verified": finding.verified, "modality": finding.modality},
    )
    return conclude(payment, finding, facts, now_ms).after(_conclusion(instruction_id, finding), record)


def _conclusion(instruction_id: str, finding: Finding) -> ConcludeAttempt:
    return ConcludeAttempt(instruction_id=instruction_id, finding=finding)
