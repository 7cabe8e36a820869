"""What opening an instruction is at either end: where it goes, one attempt after another, the preset time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from server_mqtt.contract.messages import Instruction, Modality, Purpose, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Issue, Record, Send, SetTimer
from server_mqtt.flow.events import TimerKind
from server_mqtt.flow.facts import Facts, Terminal
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.verification.attempts import may_retry, rejects
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.lockout import Tally, judge, tallied, unlocked
from server_mqtt.verification.policy import match_rates, needs_all_modalities

Body = TypeVar("Body", bound=Instruction)

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
        holds_ms=facts.fresh.holds_ms,
        least_score=facts.policy.liveness_least_score,
        largest_spread=facts.policy.liveness_largest_spread,
        modalities=modalities,
        all_modalities=needs_all_modalities(facts.policy, payment.amount_minor),
        devices=devices,
        issued_at_ms=now_ms,
        deadline_ms=deadline_ms,
        attempt=1,
        attempts=facts.policy.attempts,
        rates=match_rates(facts.policy),
        passive_least_score=facts.policy.passive_least_score,
        passive_model_least_score=facts.policy.passive_model_least_score,
        finger_least_score=facts.policy.finger_least_score,
    )


def next_attempt(failed: OpenInstruction, reason: Reason | None, facts: Facts, now_ms: int) -> OpenInstruction | None:
    """The attempt after one that failed for `reason`, within what is left of the same preset time.

    None if no attempt or no time is left, or if a lock has begun that leaves nothing to ask for.
    """
    modalities = still_askable(failed, facts, now_ms)
    if not modalities or not may_retry(failed, now_ms):
        return None
    return replace(
        renewed(failed, facts, now_ms),
        modalities=modalities,
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
        holds_ms=facts.fresh.holds_ms,
        issued_at_ms=now_ms,
        pending=False,
    )


def still_askable(instruction: OpenInstruction, facts: Facts, now_ms: int) -> tuple[Modality, ...]:
    """What of `instruction` may still be asked for: what is not locked; nothing if all is needed and some is."""
    left = unlocked(facts.policy, instruction.modalities, _tallies(instruction.role, facts), now_ms)
    return () if instruction.all_modalities and left != instruction.modalities else left


def judged(instruction: OpenInstruction, finding: Finding, facts: Facts, now_ms: int) -> tuple[Finding, Facts]:
    """`finding` under a lock that may have begun since `instruction` was issued; the facts with what it adds to it."""
    policy, tallies, asked = facts.policy, _tallies(instruction.role, facts), instruction.modalities
    judgement = judge(policy, tallies, asked, finding, now_ms)
    after = tallied(policy, tallies, asked, judgement, now_ms)
    if instruction.role is Role.PAYEE:
        payee = None if facts.payee is None else replace(facts.payee, tallies=after)
        return judgement, replace(facts, payee=payee)
    payer = None if facts.payer is None else replace(facts.payer, tallies=after)
    return judgement, replace(facts, payer=payer)


def _tallies(role: Role, facts: Facts) -> tuple[Tally, ...]:
    party = facts.payee if role is Role.PAYEE else facts.payer
    return () if party is None else party.tallies


def worded(make: Callable[..., Body], payment: Payment, instruction: OpenInstruction, **own: object) -> Body:
    """`instruction` in words for the wire: what both kinds share, and what is this kind's `own`."""
    return make(
        payment_id=payment.payment_id,
        instruction_id=instruction.instruction_id,
        nonce=instruction.nonce,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        payer_name=payment.payer_name,
        payee_account=payment.payee_account,
        payee_name=payment.payee_name,
        modalities=instruction.modalities,
        all_modalities=instruction.all_modalities,
        challenge=instruction.challenge,
        holds_ms=instruction.holds_ms,
        preset_time_ms=instruction.preset_time_ms,
        attempt=instruction.attempt,
        attempts=instruction.attempts,
        previous_reason=instruction.previous_reason,
        **own,
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
