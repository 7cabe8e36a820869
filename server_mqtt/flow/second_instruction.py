"""Server to payer's terminal: the first result, what happens to the money, and: capture the payer, live. Pure."""

from __future__ import annotations

from server_mqtt.contract.messages import Modality, Purpose, Role, SecondInstruction
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next
from server_mqtt.flow.endings import decline
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.instructions import open_instruction, opening, worded
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import tell_both, wire_plan, wire_result
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.lockout import unlocked
from server_mqtt.verification.policy import modalities_to_ask, payer_time_ms


def second_instruction(payment: Payment, facts: Facts, now_ms: int) -> Next:
    """Asks for the payer, at the terminal that asked for the payment and nowhere else."""
    if facts.payer is None or not facts.payer.active:
        return decline(payment, Step.SECOND_INSTRUCTION, Reason.ACCOUNT_BLOCKED, now_ms)
    modalities = payer_modalities(payment.amount_minor, facts, now_ms)
    if isinstance(modalities, Reason):
        return decline(payment, Step.SECOND_INSTRUCTION, modalities, now_ms)
    instruction = opening(
        payment,
        facts,
        now_ms,
        role=Role.PAYER,
        purpose=Purpose.PAYMENT,
        modalities=modalities,
        devices=(payment.payer_device,),
        deadline_ms=now_ms + payer_time_ms(facts.policy, modalities),
    )
    asked = ask_payer(payment, instruction)
    return asked.then(*tell_both(asked.payment, now_ms))


def payer_modalities(amount_minor: int, facts: Facts, now_ms: int) -> tuple[Modality, ...] | Reason:
    """What the payer can be asked for, or why for nothing."""
    enrolled, tallies = ((), ()) if facts.payer is None else (facts.payer.enrolled, facts.payer.tallies)
    if not modalities_to_ask(facts.policy, amount_minor, tuple(Modality), enrolled):
        return Reason.PAYER_NOT_ENROLLED
    usable = unlocked(facts.policy, enrolled, tallies, now_ms)
    return modalities_to_ask(facts.policy, amount_minor, tuple(Modality), usable) or Reason.LOCKED_OUT


def ask_payer(payment: Payment, instruction: OpenInstruction) -> Next:
    """Sends `instruction` with the first result and what it means."""
    body = worded(
        SecondInstruction,
        payment,
        instruction,
        first_result=needed(wire_result(payment.first_result), "first result"),
        hold=wire_plan(payment.plan),
    )
    return open_instruction(payment, instruction, body)
