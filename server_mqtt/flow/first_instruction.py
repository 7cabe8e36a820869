"""Server to payee's terminals: capture the payee, live, within the first preset time. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import FirstInstruction, Modality, Purpose, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.decision import Next
from server_mqtt.flow.facts import Facts, Listing, Party
from server_mqtt.flow.first_result import first_result
from server_mqtt.flow.instructions import open_instruction, opening, worded
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.reach import within_reach
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.telling import tell_payer
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.lockout import unlocked
from server_mqtt.verification.policy import Policy, modalities_to_ask, needs_all_modalities, payee_time_ms


def first_instruction(payment: Payment, facts: Facts, now_ms: int) -> Next:
    """Asks for the payee; who cannot be asked, or reached, could not be checked: the payer is told so at once."""
    payee, listing = needed(facts.payee, "payee"), needed(facts.listing, "entry of the payee in the directory")
    usable = unlocked(facts.policy, payee.enrolled, payee.tallies, now_ms)
    modalities = modalities_to_ask(facts.policy, payment.amount_minor, listing.modalities, usable)
    if modalities:
        devices: tuple[str, ...] | Reason = _within_reach(payment, payee, modalities, facts.policy, now_ms)
    else:
        devices = _why_not(payment, payee, listing, facts.policy)
    if isinstance(devices, Reason):
        unchecked = Result(verdict=Verdict.COULD_NOT_BE_CHECKED, reason=devices, at_ms=now_ms)
        return first_result(payment, unchecked, facts, now_ms)
    instruction = opening(
        payment,
        facts,
        now_ms,
        role=Role.PAYEE,
        purpose=Purpose.PAYMENT,
        modalities=modalities,
        devices=devices,
        deadline_ms=now_ms + payee_time_ms(facts.policy, modalities),
    )
    asked = ask_payee(payment, instruction)
    return asked.then(*tell_payer(asked.payment, now_ms))


def _within_reach(
    payment: Payment, payee: Party, modalities: tuple[Modality, ...], policy: Policy, now_ms: int
) -> tuple[str, ...] | Reason:
    every = needs_all_modalities(policy, payment.amount_minor)
    return within_reach(payee.terminals, modalities, policy.busy_from, now_ms, every=every)


def _why_not(payment: Payment, payee: Party, listing: Listing, policy: Policy) -> Reason:
    """Why there is nothing to ask a payee for."""
    enrolled = modalities_to_ask(policy, payment.amount_minor, listing.modalities, payee.enrolled)
    return Reason.LOCKED_OUT if enrolled else Reason.NOT_ENROLLED


def ask_payee(payment: Payment, instruction: OpenInstruction) -> Next:
    """Sends `instruction`; from now on its terminals know of the payment."""
    new = tuple(device for device in instruction.devices if device not in payment.payee_devices)
    known = replace(payment, payee_devices=(*payment.payee_devices, *new))
    body = worded(FirstInstruction, payment, instruction, purpose=instruction.purpose)
    return open_instruction(known, instruction, body)
