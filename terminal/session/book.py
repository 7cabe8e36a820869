"""The payments a terminal knows, and what the server said of them. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentStatus
from terminal.session.limits import ASKED_MAX, BOOK_MAX, RECENTS_MAX
from terminal.session.state import AnyInstruction, Entry, Payee, SessionState, payments_of
from terminal.session.wanted import attempt_of


def entry_of(state: SessionState, payment_id: str) -> Entry | None:
    """What is known of a payment."""
    return next((entry for entry in state.book if entry.payment_id == payment_id), None)


def known_payments(state: SessionState) -> tuple[str, ...]:
    """The payments of the present step, as far as they are in the book."""
    return tuple(one for one in payments_of(state.step) if entry_of(state, one) is not None)


def write(state: SessionState, entry: Entry) -> SessionState:
    """The book with `entry` in it, in place of what was known of the payment."""
    known = any(other.payment_id == entry.payment_id for other in state.book)
    if known:
        book = tuple(entry if other.payment_id == entry.payment_id else other for other in state.book)
    else:
        book = (*state.book, entry)
    return replace(state, book=_shortened(book))


def with_instruction(state: SessionState, instruction: AnyInstruction) -> SessionState:
    """The book after an instruction: the server's names for both ends, and that it was heard."""
    entry = entry_of(state, instruction.payment_id) or _first_heard(instruction)
    entry = replace(
        entry,
        payee_name=instruction.payee_name,
        payer_name=instruction.payer_name,
        asked=(*entry.asked, instruction.instruction_id)[-ASKED_MAX:],
        attempt=max(entry.attempt, attempt_of(instruction)),
    )
    return with_recent(write(state, entry), entry)


def with_answer(state: SessionState, instruction: AnyInstruction) -> SessionState:
    """The book after an instruction was answered: whatever happens here, it is not answered twice."""
    entry = entry_of(state, instruction.payment_id)
    if entry is None:
        return state
    return write(state, replace(entry, answered=(*entry.answered, instruction.instruction_id)[-ASKED_MAX:]))


def with_status(state: SessionState, status: PaymentStatus, now_ms: int) -> SessionState:
    """The book after a status that is no old news."""
    entry = replace(
        entry_of(state, status.payment_id) or _first_heard(status),
        payee_name=status.payee_name,
        payer_name=status.payer_name,
        status=status,
        heard_at_ms=now_ms,
        refused=None,
    )
    return with_recent(write(state, entry), entry)


def _first_heard(of: AnyInstruction | PaymentStatus) -> Entry:
    """A payment that was not asked for here."""
    return Entry(
        payment_id=of.payment_id,
        payee_account=of.payee_account,
        amount_minor=of.amount_minor,
        currency=of.currency,
    )


def with_recent(state: SessionState, entry: Entry) -> SessionState:
    """The payee of `entry` first among the recent ones, once the directory gave a name."""
    if not entry.payee_name or entry.payee_account == state.settings.account:
        return state
    payee = Payee(account=entry.payee_account, name=entry.payee_name)
    others = tuple(other for other in state.recents if other.account != payee.account)
    return replace(state, recents=(payee, *others)[:RECENTS_MAX])


def marked_stopped(state: SessionState, payment_id: str) -> SessionState:
    """The book after somebody here said no to a payment."""
    entry = entry_of(state, payment_id)
    return state if entry is None else write(state, replace(entry, stopped=True))


def _shortened(book: tuple[Entry, ...]) -> tuple[Entry, ...]:
    spare = len(book) - BOOK_MAX
    if spare <= 0:
        return book
    oldest = [entry.payment_id for entry in book if entry.over][:spare]
    return tuple(entry for entry in book if entry.payment_id not in oldest)
