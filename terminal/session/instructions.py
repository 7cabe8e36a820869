"""What an instruction does: a ladder of refusals for each role, first failure wins. Pure.

The link has checked the server's signature, the device and that the message is new. Here it must fit what this
terminal knows.
"""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.currencies import is_currency
from server_mqtt.contract.messages import FirstInstruction, PayerStop, Role, SecondInstruction
from terminal.session.book import entry_of, marked_stopped, with_instruction
from terminal.session.commands import Ignored, Send
from terminal.session.events import InstructionReceived
from terminal.session.flow import begin, say_no
from terminal.session.limits import WAITING_MAX
from terminal.session.next import Next
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
from terminal.session.wanted import STOPPED_HERE, why_stale, why_unwanted

BUSY = (Starting, PayeeEntry, AmountEntry, Review, Requesting, Consenting, Capturing, Verifying)
"""Steps that another payment's instruction does not interrupt."""


def instruction_received(state: SessionState, event: InstructionReceived, now_ms: int) -> Next:
    """Begin it, let it wait, or ignore it and say why in the log."""
    instruction = event.instruction
    why = _why_ignored(state, instruction)
    if why is not None:
        return _ignored(state, instruction, why)
    if isinstance(instruction, SecondInstruction) and _differs(state, instruction):
        return _stopped(state, instruction, now_ms)
    state = with_instruction(state, instruction)
    if _is_busy(state, instruction):
        return _wait(state, instruction, now_ms), ()
    return begin(state, instruction, now_ms, now_ms)


def _why_ignored(state: SessionState, instruction: AnyInstruction) -> str | None:
    expected = Role.PAYEE if isinstance(instruction, FirstInstruction) else Role.PAYER
    if state.settings.role is not expected:
        return "other_role"
    if expected is Role.PAYEE and instruction.payee_account != state.settings.account:
        return "other_account"
    if not is_currency(instruction.currency):
        return "unknown_currency"
    if instruction.preset_time_ms <= 0:
        return "expired"
    entry = entry_of(state, instruction.payment_id)
    if entry is None:
        return "unknown_payment" if expected is Role.PAYER else None
    return _why_old(entry, instruction)


def _why_old(entry: Entry, instruction: AnyInstruction) -> str | None:
    unwanted = why_unwanted(entry, instruction)
    if entry.over or unwanted == STOPPED_HERE:
        return unwanted
    return why_stale(entry, instruction) or unwanted


def _ignored(state: SessionState, instruction: AnyInstruction, why: str) -> Next:
    """A payer who stopped says so again: the server that still asks did not hear it."""
    note = Ignored(what="instruction", why=why, payment_id=instruction.payment_id)
    unheard = why == STOPPED_HERE and isinstance(instruction, SecondInstruction)
    return state, (note, _stop(instruction)) if unheard else (note,)


def _stopped(state: SessionState, instruction: SecondInstruction, now_ms: int) -> Next:
    """The server speaks of other terms than were asked for: stopped, on the screen unless that is busy with another."""
    note = Ignored(what="instruction", why="terms_differ", payment_id=instruction.payment_id)
    if _is_busy(state, instruction):
        return marked_stopped(state, instruction.payment_id), (note, _stop(instruction))
    state, commands = say_no(state, instruction.payment_id, Why.DIFFERS, now_ms, _stop(instruction))
    return state, (note, *commands)


def _stop(instruction: AnyInstruction) -> Send:
    return Send(payment_id=instruction.payment_id, body=PayerStop(payment_id=instruction.payment_id))


def _is_busy(state: SessionState, instruction: AnyInstruction) -> bool:
    return isinstance(state.step, BUSY) and instruction.payment_id not in payments_of(state.step)


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
