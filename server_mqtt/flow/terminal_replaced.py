"""A terminal is revoked in mid-payment and another one of the same account comes online: it takes its place. Pure.

What the old one still says counts for nothing: the shell knows its key no more. Attempts and times stay as they were,
so that replacing a terminal gives nobody more of either.
"""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import Record
from server_mqtt.flow.events import TerminalAppeared
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.first_instruction import ask_payee
from server_mqtt.flow.instructions import renewed, still_askable
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.second_instruction import ask_payer
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import is_replaced, tell_payer
from server_mqtt.verification.instruction import OpenInstruction


def appeared_before_first_result(payment: Payment, event: TerminalAppeared, facts: Facts, now_ms: int) -> Next | Reason:
    """A payee none of whose asked terminals is left is asked at this one, within what is left of the preset time."""
    asked = needed(payment.open, "first instruction")
    payees = () if facts.payee is None else facts.payee.devices
    if event.device not in payees:
        return take_payers_place(payment, event, facts, now_ms)
    if not set(asked.devices).isdisjoint(payees):
        return Reason.NOT_NOW
    again = _anew(asked, event.device, facts, now_ms)
    if again is None:
        return Reason.NOT_NOW
    return ask_payee(payment, again).after(_record(payment))


def appeared_before_second_result(
    payment: Payment, event: TerminalAppeared, facts: Facts, now_ms: int
) -> Next | Reason:
    """A payer whose terminal is gone is asked at this one, within what is left of the preset time."""
    placed = take_payers_place(payment, event, facts, now_ms)
    if isinstance(placed, Reason):
        return placed
    again = _anew(needed(payment.open, "second instruction"), event.device, facts, now_ms)
    if again is None:
        return placed
    asked = ask_payer(placed.payment, again)
    return asked.after(*placed.effects)


def take_payers_place(payment: Payment, event: TerminalAppeared, facts: Facts, now_ms: int) -> Next | Reason:
    """From now on the payer's side of the payment is told to this terminal, if the one that asked for it is revoked."""
    payer = facts.payer
    if payer is None or event.device not in payer.devices:
        return Reason.NOT_YOUR_PAYMENT
    if not is_replaced(payment, payer):
        return Reason.NOT_NOW
    placed = change(replace(payment, payer_device=event.device))
    return placed.then(_record(payment), *tell_payer(placed.payment, now_ms))


def _anew(asked: OpenInstruction, device: str, facts: Facts, now_ms: int) -> OpenInstruction | None:
    """The open instruction for `device`, as if it had never been sent; None if that makes no sense any more."""
    modalities = still_askable(asked, facts, now_ms)
    if asked.pending or now_ms >= asked.deadline_ms or not modalities:
        return None
    return replace(renewed(asked, facts, now_ms), modalities=modalities, devices=(device,))


def _record(payment: Payment) -> Record:
    state: PaymentState = payment.state
    return Record(step=Step.TERMINAL_REPLACED, before=state, after=state)
