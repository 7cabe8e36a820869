"""What happens when a preset time is over, in each state that has one. Pure.

Time-outs are the server's to decide, by its own clock. An answer that came in time and is still being compared counts.
"""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import SetTimer
from server_mqtt.flow.endings import decline
from server_mqtt.flow.events import PresetTimeOver, TimerKind
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.first_result import first_result
from server_mqtt.flow.release import pause
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.steps import Step
from server_mqtt.verification.attempts import verdict_of_time
from server_mqtt.verification.instruction import OpenInstruction


def first_time_over(payment: Payment, event: PresetTimeOver, facts: Facts, now_ms: int) -> Next | Reason:
    """Nobody was verified in time: that is the first result."""
    unanswered = _unanswered(payment, event)
    if unanswered is None:
        return Reason.NOT_NOW
    if now_ms < unanswered.deadline_ms:
        return _wait(payment, unanswered)
    return first_result(payment, _result(unanswered, now_ms), facts, now_ms)


def second_time_over(payment: Payment, event: PresetTimeOver, _facts: Facts, now_ms: int) -> Next | Reason:
    """The payer was not verified in time: the payment ends, nothing moved."""
    unanswered = _unanswered(payment, event)
    if unanswered is None:
        return Reason.NOT_NOW
    if now_ms < unanswered.deadline_ms:
        return _wait(payment, unanswered)
    ended = replace(payment, second_result=_result(unanswered, now_ms))
    return decline(ended, Step.SECOND_VERIFICATION, Reason.TIMED_OUT, now_ms)


def release_time_over(payment: Payment, event: PresetTimeOver, facts: Facts, now_ms: int) -> Next | Reason:
    """The payee was not verified in time: the money stays frozen, and they are asked again later."""
    unanswered = _unanswered(payment, event)
    if unanswered is None:
        return Reason.NOT_NOW
    if now_ms < unanswered.deadline_ms:
        return _wait(payment, unanswered)
    return pause(payment, facts, now_ms, failed=unanswered.rejected)


def _unanswered(payment: Payment, event: PresetTimeOver) -> OpenInstruction | None:
    """The instruction whose time this is, unless it is no longer open or its answer is being compared."""
    instruction = payment.open
    if instruction is None or instruction.pending or instruction.instruction_id != event.instruction_id:
        return None
    return instruction


def _wait(payment: Payment, instruction: OpenInstruction) -> Next:
    """A timer that came early is set again."""
    timer = SetTimer(kind=TimerKind.PRESET_TIME, subject=instruction.instruction_id, due_at_ms=instruction.deadline_ms)
    return Next(payment=payment, effects=(timer,))


def _result(unanswered: OpenInstruction, now_ms: int) -> Result:
    verdict, reason = verdict_of_time(unanswered)
    return Result(verdict=verdict, reason=reason, at_ms=now_ms)
