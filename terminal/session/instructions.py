"""What an instruction does: a ladder of refusals for each role, first failure wins. Pure.

The link has checked the server's signature, the device and that the message is new. Here it must fit what this
terminal knows.
"""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import FirstInstruction, PayerStop, Purpose, Role, SecondInstruction
from terminal.session.book import entry_of, with_instruction
from terminal.session.commands import Ignored, Send
from terminal.session.events import InstructionReceived
from terminal.session.flow import begin, say_no
from terminal.session.limits import WAITING_MAX
from terminal.session.next import Next, ignored
from terminal.session.state import (
    AmountEntry,
    AnyInstruction,
    Capturing,
    Consenting,
    Entry,
    PayeeEntry,
    Requesting,
    Review,
    SessionState,
    Starting,
    Verifying,
    Waiting,
    Why,
    payments_of,
)

BUSY = (Starting, PayeeEntry, AmountEntry, Review, Requesting, Consenting, Capturing, Verifying)
"""Steps that another payment's instruction does not interrupt."""


def instruction_received(state: SessionState, event: InstructionReceived, now_ms: int) -> Next:
    """Begin it, let it wait, or ignore it and say why in the log."""
    instruction = event.instruction
    why = _why_ignored(state, instruction)
    if why is not None:
        return ignored(state, "instruction", why, instruction.payment_id)
    if isinstance(instruction, SecondInstruction) and _differs(state, instruction):
        stop = Send(payment_id=instruction.payment_id, body=PayerStop(payment_id=instruction.payment_id))
        state, commands = say_no(state, instruction.payment_id, Why.DIFFERS, now_ms, stop)
        note = Ignored(what="instruction", why="terms_differ", payment_id=instruction.payment_id)
        return state, (note, *commands)
    state = with_instruction(state, instruction)
    if isinstance(state.step, BUSY) and instruction.payment_id not in payments_of(state.step):
        return _wait(state, instruction, now_ms), ()
    return begin(state, instruction, now_ms, now_ms)


def _why_ignored(state: SessionState, instruction: AnyInstruction) -> str | None:
    expected = Role.PAYEE if isinstance(instruction, FirstInstruction) else Role.PAYER
    if state.settings.role is not expected:
        return "other_role"
    if expected is Role.PAYEE and instruction.payee_account != state.settings.account:
        return "other_account"
    entry = entry_of(state, instruction.payment_id)
    if entry is None and expected is Role.PAYER:
        return "unknown_payment"
    if entry is not None and entry.over:
        return "payment_over"
    if entry is not None and entry.stopped and not _release(instruction):
        return "stopped_here"
    if instruction.preset_time_ms <= 0:
        return "expired"
    return _why_old(state, instruction)


def _why_old(state: SessionState, instruction: AnyInstruction) -> str | None:
    step = state.step
    if not isinstance(step, Consenting | Capturing | Verifying) or step.payment_id != instruction.payment_id:
        return None
    if step.instruction.instruction_id == instruction.instruction_id:
        return "seen"
    # A release starts to count anew with every re-send; within one payment attempts only rise.
    both_payments = not _release(instruction) and not _release(step.instruction)
    if both_payments and instruction.attempt <= step.instruction.attempt:
        return "older_attempt"
    if _release(step.instruction) and not _release(instruction):
        return "older_attempt"
    return None


def _release(instruction: AnyInstruction) -> bool:
    return isinstance(instruction, FirstInstruction) and instruction.purpose is Purpose.RELEASE


def _differs(state: SessionState, instruction: SecondInstruction) -> bool:
    """Whether the server speaks of another payment than the one that was asked for here."""
    entry = entry_of(state, instruction.payment_id)
    return entry is not None and _terms(entry) != _terms(instruction)


def _terms(of: Entry | SecondInstruction) -> tuple[str, int, str]:
    return of.payee_account, of.amount_minor, of.currency


def _wait(state: SessionState, instruction: AnyInstruction, now_ms: int) -> SessionState:
    others = tuple(one for one in state.waiting if one.instruction.payment_id != instruction.payment_id)
    waiting = (*others, Waiting(instruction=instruction, received_at_ms=now_ms))
    return replace(state, waiting=waiting[-WAITING_MAX:])
