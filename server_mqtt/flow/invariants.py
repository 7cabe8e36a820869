"""What must be true of every decision. A break is a fault of ours: it stops the worker before money moves. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NoReturn, TypeVar

from server_mqtt.contract.messages import PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Post
from server_mqtt.flow.states import FINAL, Payment, Result
from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Entry

T = TypeVar("T")

PAID: Final = frozenset({PaymentState.SETTLED, PaymentState.HELD})
"""States that only a verified payer leads to."""


class FlowInvariantError(AssertionError):
    """A decision that must not exist."""


def needed(value: T | None, what: str) -> T:
    """`value`, which is there by the rules of the flow; raises FlowInvariantError naming what is missing."""
    if value is None:
        raise FlowInvariantError(f"there is no {what}")
    return value


def check(before: Payment | None, allowed: Collection[PaymentState], decision: Next) -> None:
    """Returns if `decision` may follow `before`; raises FlowInvariantError."""
    after = decision.payment
    state = None if before is None else before.state
    if after.state is not state and after.state not in allowed:
        _fail(after, f"went from {state} to {after.state}")
    if before is not None:
        _check_identity(before, after)
    posted = [effect.entry for effect in decision.effects if isinstance(effect, Post)]
    expected = [] if after.state is state else _movement(after)
    if posted != expected:
        _fail(after, f"became {after.state} with the entries {[entry.kind.value for entry in posted]}")
    _check_verified(before, after)
    _check_first_result(after)


def _check_identity(before: Payment, after: Payment) -> None:
    if after == before:
        return
    if before.state in FINAL:
        _fail(after, f"changed after it was {before.state}")
    if after.revision <= before.revision:
        _fail(after, "changed without a new revision")
    if _terms(after) != _terms(before):
        _fail(after, "became another payment")


def _terms(payment: Payment) -> tuple[str, str, str, int, str]:
    return (
        payment.payment_id,
        payment.payer_account,
        payment.payee_account,
        payment.amount_minor,
        payment.currency,
    )


def _movement(payment: Payment) -> list[Entry]:
    """The entries with which a payment enters its state."""
    payment_id, payer, payee, amount_minor, currency = _terms(payment)
    match payment.state:
        case PaymentState.SETTLED:
            return [entries.settle(payment_id, payer, payee, currency, amount_minor)]
        case PaymentState.HELD:
            return [movements.hold(payment_id, payer, currency, amount_minor)]
        case PaymentState.RELEASED:
            return [movements.release(payment_id, payee, currency, amount_minor)]
        case PaymentState.REFUNDED:
            return [movements.refund(payment_id, payer, currency, amount_minor)]
        case _:
            return []


def _check_verified(before: Payment | None, after: Payment) -> None:
    """Money leaves the payer only for a verified payer, and reaches the payee only for a verified payee."""
    state = None if before is None else before.state
    if after.state is state:
        return
    if after.state in PAID and not _verified(after.second_result):
        _fail(after, "moved money without a verified payer")
    if after.state is PaymentState.SETTLED and not (_verified(after.first_result) and after.plan is None):
        _fail(after, "settled what was to be held")
    if after.state is PaymentState.RELEASED:
        asked = None if before is None else before.open
        began = None if before is None or before.hold is None else before.hold.began_at_ms
        if asked is None or began is None or asked.issued_at_ms < began:
            _fail(after, "released without a verification begun after the hold")
        elif asked.role is not Role.PAYEE or asked.purpose is not Purpose.RELEASE:
            _fail(after, "released by another instruction")
        elif not asked.pending:
            _fail(after, "released without an answer")


def _check_first_result(payment: Payment) -> None:
    """Whom the first result refused is not paid, and who is not verified is paid through a hold only."""
    verdict = None if payment.first_result is None else payment.first_result.verdict
    if verdict is Verdict.REFUSED and payment.state is not PaymentState.DECLINED:
        _fail(payment, "went on after the payee was refused")
    if payment.state is PaymentState.AWAITING_PAYER and verdict is not Verdict.VERIFIED and payment.plan is None:
        _fail(payment, "asks the payer to pay somebody at once who is not verified")


def _verified(result: Result | None) -> bool:
    return result is not None and result.verdict is Verdict.VERIFIED


def _fail(payment: Payment, what: str) -> NoReturn:
    raise FlowInvariantError(f"payment {payment.payment_id} {what}")
