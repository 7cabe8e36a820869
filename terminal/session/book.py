"""The payments a terminal knows, and what the server said of them. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import PaymentStatus
from terminal.session.limits import BOOK_MAX, RECENTS_MAX
from terminal.session.state import AnyInstruction, Entry, Payee, SessionState


def entry_of(state: SessionState, payment_id: str) -> Entry | None:
    """What is known of a payment."""
    return next((entry for entry in state.book if entry.payment_id == payment_id), None)


def write(state: SessionState, entry: Entry) -> SessionState:
    """The book with `entry` in it, in place of what was known of the payment."""
    known = any(other.payment_id == entry.payment_id for other in state.book)
    if known:
        book = tuple(entry if other.payment_id == entry.payment_id else other for other in state.book)
    else:
        book = (*state.book, entry)
    return replace(state, book=_shortened(book))


def with_instruction(state: SessionState, instruction: AnyInstruction) -> SessionState:
    """The book after an instruction: the server's names for both ends."""
    entry = entry_of(state, instruction.payment_id) or Entry(
        payment_id=instruction.payment_id,
        payee_account=instruction.payee_account,
        amount_minor=instruction.amount_minor,
        currency=instruction.currency,
    )
    entry = replace(entry, payee_name=instruction.payee_name, payer_name=instruction.payer_name)
    return with_recent(write(state, entry), entry)


def with_status(state: SessionState, status: PaymentStatus, now_ms: int) -> SessionState:
    """The book after a status that is no old news."""
    entry = Entry(
        payment_id=status.payment_id,
        payee_account=status.payee_account,
        payee_name=status.payee_name,
        payer_name=status.payer_name,
        amount_minor=status.amount_minor,
        currency=status.currency,
        status=status,
        heard_at_ms=now_ms,
        stopped=any(other.payment_id == status.payment_id and other.stopped for other in state.book),
    )
    return with_recent(write(state, entry), entry)


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
