"""What the server's word on a payment does. Pure. Final states come from here and from nowhere else."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.currencies import is_currency
from server_mqtt.contract.kinds import KIND_OF
from server_mqtt.contract.messages import (
    FirstInstruction,
    PayeeCapture,
    PayerCapture,
    PaymentState,
    PaymentStatus,
    Purpose,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason
from terminal.session.book import entry_of, with_status
from terminal.session.events import Replied, StatusReceived
from terminal.session.flow import go_idle, refused, resolved, with_news
from terminal.session.next import Next, enter, ignored, stay
from terminal.session.state import (
    FINAL,
    AwaitingPayee,
    AwaitingPayer,
    Capturing,
    Checking,
    Entry,
    Idle,
    Requesting,
    SessionState,
    Verifying,
    Why,
    payments_of,
)

_SHOWN_UNASKED = frozenset({PaymentState.HELD, PaymentState.RELEASED})
"""What a payee's terminal shows of a payment that it never took part in: there is money to fetch, or that came."""

_ANSWERS = frozenset({KIND_OF[PayeeCapture], KIND_OF[PayerCapture]})
"""Messages that answer an instruction."""


def status_received(state: SessionState, event: StatusReceived, now_ms: int) -> Next:
    """News go into the book; then to the screen, if they concern it or nothing else is going on."""
    status = event.status
    if status.role is not state.settings.role:
        return ignored(state, "status", "other_role", status.payment_id)
    if status.role is Role.PAYEE and status.payee_account != state.settings.account:
        return ignored(state, "status", "other_account", status.payment_id)
    if not is_currency(status.currency):
        return ignored(state, "status", "unknown_currency", status.payment_id)
    before = entry_of(state, status.payment_id)
    if before is None and status.role is Role.PAYER:
        return ignored(state, "status", "unknown_payment", status.payment_id)
    if before is not None and _is_old(before, status):
        return ignored(state, "status", "old_news", status.payment_id)
    state = with_status(state, status, now_ms)
    if status.payment_id in payments_of(state.step):
        return _advance(state, status, now_ms)
    return _elsewhere(state, before, status, now_ms)


def _is_old(before: Entry, status: PaymentStatus) -> bool:
    known = before.status
    if known is None:
        return False
    # What is over stays over, whatever a revision says: only the same word again is no old news.
    return status.revision < known.revision or (known.state in FINAL and status.state is not known.state)


def _moved(known: PaymentStatus, status: PaymentStatus) -> bool:
    """Whether the payment has gone on, or a part of its money has moved."""
    was = known.state, known.released_minor, known.refunded_minor
    return was != (status.state, status.released_minor, status.refunded_minor)


def _elsewhere(state: SessionState, before: Entry | None, status: PaymentStatus, now_ms: int) -> Next:
    known = before.status if before is not None else None
    decided = status.state in FINAL or status.state is PaymentState.HELD
    changed = known is None or _moved(known, status) or (_expires_soon(status) and not _expires_soon(known))
    if not decided or not changed or (before is None and status.state not in _SHOWN_UNASKED):
        return stay(state)
    state = with_news(state, status.payment_id)
    return go_idle(state, now_ms) if isinstance(state.step, Idle) else stay(state)


def _expires_soon(status: PaymentStatus) -> bool:
    return status.hold is not None and status.hold.expires_soon


def _advance(state: SessionState, status: PaymentStatus, now_ms: int) -> Next:
    """The present step's payment stands so."""
    step = state.step
    if status.state in FINAL:
        return resolved(state, status.payment_id, now_ms)
    if status.state is PaymentState.HELD:
        return stay(state) if _releasing(state) else resolved(state, status.payment_id, now_ms)
    if isinstance(step, Checking) and (step.why is not Why.RESTARTED or len(step.payment_ids) > 1):
        return stay(state)
    if status.state is PaymentState.AWAITING_PAYEE:
        asked = isinstance(step, Requesting | Checking) and status.role is Role.PAYER
        return (
            enter(state, AwaitingPayee(payment_id=status.payment_id, since_ms=now_ms), now_ms) if asked else stay(state)
        )
    return _awaiting_payer(state, status, now_ms)


def _awaiting_payer(state: SessionState, status: PaymentStatus, now_ms: int) -> Next:
    step = state.step
    if status.role is Role.PAYEE and isinstance(step, Capturing | Verifying | Checking):
        return enter(state, AwaitingPayer(payment_id=status.payment_id, since_ms=now_ms), now_ms)
    if isinstance(step, Requesting):
        return enter(state, AwaitingPayee(payment_id=status.payment_id, since_ms=now_ms), now_ms)
    return stay(state)


def _releasing(state: SessionState) -> bool:
    """Whether the payee stands at the sensor for money that is held: that it is held is no news then."""
    step = state.step
    if not isinstance(step, Capturing) or not isinstance(step.instruction, FirstInstruction):
        return False
    return step.instruction.purpose is Purpose.RELEASE


def replied(state: SessionState, event: Replied, now_ms: int) -> Next:
    """What the server did with a message: accepted is expected, busy is said, refused has a consequence."""
    step = state.step
    here = event.payment_id in payments_of(step)
    if event.status is ReplyStatus.BUSY:
        if here and isinstance(step, Requesting | Verifying):
            return replace(state, step=replace(step, busy=True)), ()
        return stay(state)
    if event.status is ReplyStatus.ACCEPTED:
        if isinstance(step, Requesting) and here and event.kind == "payer_request":
            return enter(state, AwaitingPayee(payment_id=event.payment_id, since_ms=now_ms), now_ms)
        return stay(state)
    return _refused(state, event, event.reason or Reason.MALFORMED, now_ms)


def _refused(state: SessionState, event: Replied, reason: Reason, now_ms: int) -> Next:
    step = state.step
    entry = entry_of(state, event.payment_id)
    unheard = entry is not None and entry.status is None and not entry.asked
    if event.kind == "payer_request" and unheard:
        return refused(state, event.payment_id, reason, now_ms)
    if event.kind == "payment_query" and unheard and reason is Reason.UNKNOWN_PAYMENT:
        return refused(state, event.payment_id, reason, now_ms)
    if event.kind in _ANSWERS and isinstance(step, Verifying) and step.payment_id == event.payment_id:
        return replace(state, step=replace(step, refused=reason)), ()
    return ignored(state, "reply", reason.value, event.payment_id)
