"""Whether an instruction still means something, by what the terminal knows of its payment. Pure."""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.limits import MAX_ATTEMPTS
from server_mqtt.contract.messages import FirstInstruction, PaymentState, Purpose
from terminal.session.state import AnyInstruction, Entry

STOPPED_HERE: Final = "stopped_here"


def is_release(instruction: AnyInstruction) -> bool:
    """Whether it is about money that is held already."""
    return isinstance(instruction, FirstInstruction) and instruction.purpose is Purpose.RELEASE


def attempt_of(instruction: AnyInstruction) -> int:
    """How far the payment is with this instruction: within a payment attempts only rise, a release is past them all.

    A release counts its own attempts anew with every re-send.
    """
    return MAX_ATTEMPTS if is_release(instruction) else instruction.attempt


def why_stale(entry: Entry, instruction: AnyInstruction) -> str | None:
    """Why it was heard before, or is older than one that was."""
    if instruction.instruction_id in entry.asked:
        return "seen"
    older = attempt_of(instruction) <= entry.attempt and not is_release(instruction)
    return "older_attempt" if older else None


def why_unwanted(entry: Entry, instruction: AnyInstruction) -> str | None:
    """Why nobody here or there waits for its answer any more."""
    if entry.over:
        return "payment_over"
    if entry.stopped and not is_release(instruction):
        return STOPPED_HERE
    state = None if entry.status is None else entry.status.state
    if isinstance(instruction, FirstInstruction):
        past = state in (PaymentState.AWAITING_PAYER, PaymentState.HELD) and not is_release(instruction)
    else:
        past = state is PaymentState.HELD
    return "past_that" if past else None
