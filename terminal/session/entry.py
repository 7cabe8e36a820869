"""What the payer keys in, from idle to the confirmed review. Pure.

A payment id is used once: the touch that confirms the review brings it, and the review is left with it. What waited
meanwhile has its turn when nothing is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from server_mqtt.contract.currencies import AmountError, exponent, parse_amount
from server_mqtt.contract.limits import ACCOUNT_PATTERN
from server_mqtt.contract.messages import PayerRequest, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, Chosen, Keyed
from terminal.session.book import entry_of, write
from terminal.session.commands import Send
from terminal.session.events import Touched
from terminal.session.flow import go_idle
from terminal.session.health import can_pay
from terminal.session.next import Next, enter, stay
from terminal.session.state import AmountEntry, Entry, Idle, Payee, PayeeEntry, Requesting, Review, SessionState, Step

DELETE: Final = "<"
POINT: Final = "."
ACCOUNT_KEYS: Final = frozenset("0123456789-")
AMOUNT_KEYS: Final = frozenset(("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "00", POINT))
MAX_ACCOUNT_LENGTH: Final = 34
"""The longest IBAN (ISO 13616)."""
MAX_AMOUNT_LENGTH: Final = 14
"""Characters of an amount: more than the largest that the contract carries."""

_ACCOUNT: Final = re.compile(ACCOUNT_PATTERN)


def new_payment(state: SessionState, step: Idle, _event: Touched, now_ms: int) -> Next:
    """Only a payer's terminal asks for payments, and only when everything they need is alive."""
    if state.settings.role is not Role.PAYER or not can_pay(state, now_ms):
        return stay(state)
    return enter(state, PayeeEntry(), now_ms)


def key_payee(state: SessionState, step: PayeeEntry, event: Touched, _now_ms: int) -> Next:
    """One key of the account number."""
    key = event.touch.key if isinstance(event.touch, Keyed) else ""
    entered = _keyed(step.entered, key, ACCOUNT_KEYS, MAX_ACCOUNT_LENGTH)
    return replace(state, step=PayeeEntry(entered=entered)), ()


def choose_payee(state: SessionState, step: PayeeEntry, event: Touched, now_ms: int) -> Next:
    """Somebody paid before."""
    choice = event.touch.choice if isinstance(event.touch, Chosen) else ""
    payee = next((recent for recent in state.recents if recent.account == choice), None)
    return stay(state) if payee is None else enter(state, AmountEntry(payee=payee), now_ms)


def next_from_payee(state: SessionState, step: PayeeEntry, _event: Touched, now_ms: int) -> Next:
    """Whether there is such an account is the server's word; that it is not one's own is seen here."""
    reason = None
    if not _ACCOUNT.fullmatch(step.entered):
        reason = Reason.UNKNOWN_PAYEE
    elif step.entered == state.settings.account:
        reason = Reason.PAYEE_IS_PAYER
    if reason is not None:
        return replace(state, step=replace(step, problem=reason)), ()
    known = next((one for one in state.recents if one.account == step.entered), None)
    return enter(state, AmountEntry(payee=known or Payee(account=step.entered, name="")), now_ms)


def key_amount(state: SessionState, step: AmountEntry, event: Touched, _now_ms: int) -> Next:
    """One key of the amount; decimals that the currency does not have cannot be keyed."""
    key = event.touch.key if isinstance(event.touch, Keyed) else ""
    entered = _keyed(step.entered, key, AMOUNT_KEYS, MAX_AMOUNT_LENGTH)
    if not _is_beginning(entered, exponent(state.settings.currency)):
        entered = step.entered
    return replace(state, step=replace(step, entered=entered, problem=None)), ()


def next_from_amount(state: SessionState, step: AmountEntry, _event: Touched, now_ms: int) -> Next:
    """The amount as an exact integer, or what is wrong with it."""
    try:
        amount_minor = parse_amount(step.entered.removesuffix(POINT), state.settings.currency)
    except AmountError as error:
        return replace(state, step=replace(step, problem=error.reason)), ()
    return enter(state, Review(payee=step.payee, entered=step.entered, amount_minor=amount_minor), now_ms)


def back_to_idle(state: SessionState, _step: PayeeEntry, _event: Touched, now_ms: int) -> Next:
    """Nothing was sent."""
    return go_idle(state, now_ms)


def back_to_payee(state: SessionState, step: AmountEntry, _event: Touched, now_ms: int) -> Next:
    """What was keyed stays."""
    return enter(state, PayeeEntry(entered=step.payee.account), now_ms)


def back_to_amount(state: SessionState, step: Review, _event: Touched, now_ms: int) -> Next:
    """What was keyed stays."""
    return enter(state, AmountEntry(payee=step.payee, entered=step.entered), now_ms)


def pay(state: SessionState, step: Review, event: Touched, now_ms: int) -> Next:
    """The confirmed review becomes one request with one id; the review is gone with this touch."""
    if not can_pay(state, now_ms) or entry_of(state, event.fresh_id) is not None:
        return stay(state)
    request = PayerRequest(
        payment_id=event.fresh_id,
        payer_account=state.settings.account,
        payee_account=step.payee.account,
        amount_minor=step.amount_minor,
        currency=state.settings.currency,
    )
    entry = Entry(
        payment_id=request.payment_id,
        payee_account=request.payee_account,
        payee_name=step.payee.name,
        amount_minor=request.amount_minor,
        currency=request.currency,
    )
    requesting = Requesting(payment_id=request.payment_id, since_ms=now_ms)
    return enter(write(state, entry), requesting, now_ms, Send(payment_id=request.payment_id, body=request))


ENTRY_BUTTONS: Final[dict[tuple[type[Step], ButtonId], Callable[[SessionState, Any, Touched, int], Next]]] = {
    (Idle, ButtonId.NEW_PAYMENT): new_payment,
    (PayeeEntry, ButtonId.NEXT): next_from_payee,
    (PayeeEntry, ButtonId.BACK): back_to_idle,
    (AmountEntry, ButtonId.NEXT): next_from_amount,
    (AmountEntry, ButtonId.BACK): back_to_payee,
    (Review, ButtonId.PAY): pay,
    (Review, ButtonId.BACK): back_to_amount,
}
"""What a button does in a step of the entry."""


def _keyed(entered: str, key: str, keys: frozenset[str], longest: int) -> str:
    if key == DELETE:
        return entered[:-1]
    return entered + key if key in keys and len(entered) + len(key) <= longest else entered


def _is_beginning(text: str, decimals: int) -> bool:
    """Whether `text` can become an amount: one point at most, no more decimals than the currency has."""
    _, point, fraction = text.partition(POINT)
    return not point or (decimals > 0 and POINT not in fraction and len(fraction) <= decimals)
