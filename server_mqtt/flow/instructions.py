"""What opening an instruction is at either end: where it goes, one attempt after another, the preset time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from server_mqtt.contract.messages import Instruction, Modality, Purpose, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Issue, Record, Send, SetTimer
from server_mqtt.flow.events import TimerKind
from server_mqtt.flow.facts import Facts, Terminal
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.verification.attempts import rejects
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.policy import needs_all_modalities

_STEPS: Final = {
    (Role.PAYEE, Purpose.PAYMENT): Step.FIRST_INSTRUCTION,
    (Role.PAYEE, Purpose.RELEASE): Step.RELEASE_INSTRUCTION,
    (Role.PAYER, Purpose.PAYMENT): Step.SECOND_INSTRUCTION,
}


def where_to_ask(terminals: Sequence[Terminal], modalities: Sequence[Modality]) -> tuple[str, ...]:
    """The terminals to ask: those known to be there and able; else those that are there; else all of them."""
    there = [terminal for terminal in terminals if terminal.online]
    able = [terminal for terminal in there if set(terminal.modalities) & set(modalities)]
    return tuple(terminal.device for terminal in able or there or terminals)


def opening(
    payment: Payment,
    facts: Facts,
    now_ms: int,
    *,
    role: Role,
    purpose: Purpose,
    modalities: tuple[Modality, ...],
    devices: tuple[str, ...],
    deadline_ms: int,
) -> OpenInstruction:
    """The first attempt of a preset time that ends at `deadline_ms`."""
    return OpenInstruction(
        instruction_id=facts.fresh.instruction_id,
        role=role,
        purpose=purpose,
        nonce=facts.fresh.nonce,
        challenge=facts.fresh.challenge,
        modalities=modalities,
        all_modalities=needs_all_modalities(facts.policy, payment.amount_minor),
        devices=devices,
        issued_at_ms=now_ms,
        deadline_ms=deadline_ms,
        attempt=1,
        attempts=facts.policy.attempts,
    )


def next_attempt(failed: OpenInstruction, reason: Reason | None, facts: Facts, now_ms: int) -> OpenInstruction:
    """The attempt after one that failed for `reason`, within what is left of the same preset time."""
    return replace(
        renewed(failed, facts, now_ms),
        attempt=failed.attempt + 1,
        previous_reason=reason,
        rejected=rejects(failed, reason),
    )


def renewed(instruction: OpenInstruction, facts: Facts, now_ms: int) -> OpenInstruction:
    """The same instruction once more: new id, nonce and challenge, as if it had never been answered."""
    return replace(
        instruction,
        instruction_id=facts.fresh.instruction_id,
        nonce=facts.fresh.nonce,
        challenge=facts.fresh.challenge,
        issued_at_ms=now_ms,
        pending=False,
    )


def open_instruction(payment: Payment, instruction: OpenInstruction, body: Instruction) -> Next:
    """`instruction` is the open one from now on, until it is answered or its time is over; `body` goes out."""
    record = Record(
        step=_STEPS[instruction.role, instruction.purpose],
        before=payment.state,
        after=payment.state,
        detail={"attempt": instruction.attempt, "attempts": instruction.attempts},
    )
    timer = SetTimer(kind=TimerKind.PRESET_TIME, subject=instruction.instruction_id, due_at_ms=instruction.deadline_ms)
    sends = (Send(device=device, body=body, expires_at_ms=instruction.deadline_ms) for device in instruction.devices)
    opened = change(replace(payment, open=instruction))
    return opened.then(record, Issue(instruction=instruction), timer, *sends)
