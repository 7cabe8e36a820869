"""What must be true of every decision. A break is a fault of ours: it stops the worker before money moves. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final, NoReturn, TypeVar

from server_mqtt.contract.messages import PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Post
from server_mqtt.flow.orders import Order, RefundOrdered, ReleaseOrdered, carried_out
from server_mqtt.flow.states import FINAL, Payment, Result
from server_mqtt.flow.states import PAID as GIVEN
from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Entry

T = TypeVar("T")

PAID: Final = frozenset({PaymentState.SETTLED, PaymentState.HELD})
"""States that only a verified payer leads to."""

WENT_BACK: Final = frozenset({Reason.HOLD_EXPIRED, Reason.PAYEE_CLOSED})
"""Why what is left of a hold goes back although nobody ordered it."""


class FlowInvariantError(AssertionError):
    """A decision that must not exist."""


def needed(value: T | None, what: str) -> T:
    """`value`, which is there by the rules of the flow; raises FlowInvariantError naming what is missing."""
    if value is None:
        raise FlowInvariantError(f"there is no {what}")
    return value


def check(
    before: Payment | None, allowed: Collection[PaymentState], decision: Next, order: Order | None = None
) -> None:
    """Returns if `decision` may follow `before`, by `order` if it was one; raises FlowInvariantError."""
    after = decision.payment
    state = None if before is None else before.state
    if after.state is not state and after.state not in allowed:
        _fail(after, f"went from {state} to {after.state}")
    if before is not None:
        _check_identity(before, after, order)
    released_minor, refunded_minor = _check_shares(before, after)
    posted = [effect.entry for effect in decision.effects if isinstance(effect, Post)]
    if posted != _movement(state, after, released_minor, refunded_minor):
        _fail(after, f"became {after.state} with the entries {[entry.kind.value for entry in posted]}")
    _check_verified(before, after)
    _check_first_result(after)
    if released_minor:
        _check_release(before, after, order)
    if refunded_minor:
        _check_refund(before, after, order)


def _check_identity(before: Payment, after: Payment, order: Order | None) -> None:
    if after == before:
        return
    if before.state in FINAL and not (isinstance(order, RefundOrdered) and _is_return(before, after)):
        _fail(after, f"changed after it was {before.state}")
    if after.revision <= before.revision:
        _fail(after, "changed without a new revision")
    if _terms(after) != _terms(before):
        _fail(after, "became another payment")


def _is_return(before: Payment, after: Payment) -> bool:
    """Whether nothing changed but what was given back, and who knows of it."""
    same = replace(
        after,
        revision=before.revision,
        refunded_minor=before.refunded_minor,
        orders=before.orders,
        payee_devices=before.payee_devices,
    )
    return same == before and after.refunded_minor > before.refunded_minor


def _terms(payment: Payment) -> tuple[str, str, str, int, str]:
    return (
        payment.payment_id,
        payment.payer_account,
        payment.payee_account,
        payment.amount_minor,
        payment.currency,
    )


def _check_shares(before: Payment | None, after: Payment) -> tuple[int, int]:
    """What was just released and refunded: of held money, or back from a payee who was paid. Never more than is."""
    was, released_minor, refunded_minor = None, after.released_minor, after.refunded_minor
    if before is not None:
        was = before.state
        released_minor, refunded_minor = released_minor - before.released_minor, refunded_minor - before.refunded_minor
    if min(released_minor, refunded_minor) < 0 or (released_minor and refunded_minor):
        _fail(after, f"released {released_minor} and refunded {refunded_minor} at once")
    if refunded_minor and after.refunded_minor > after.amount_minor:
        _fail(after, "refunded more than was paid")
    if was is PaymentState.HELD:
        left_minor = after.amount_minor - after.released_minor - after.refunded_minor
        over = PaymentState.RELEASED if after.released_minor else PaymentState.REFUNDED
        if left_minor < 0 or after.state is not (PaymentState.HELD if left_minor else over):
            _fail(after, f"is {after.state} with {left_minor} left")
    elif released_minor or (refunded_minor and was not in GIVEN):
        _fail(after, f"gave away what was not held, as it was {was}")
    return released_minor, refunded_minor


def _movement(was: PaymentState | None, payment: Payment, released_minor: int, refunded_minor: int) -> list[Entry]:
    """The entries of a step from the state `was`."""
    payment_id, payer, payee, amount_minor, currency = _terms(payment)
    if payment.state is not was and payment.state is PaymentState.SETTLED:
        return [entries.settle(payment_id, payer, payee, currency, amount_minor)]
    if payment.state is not was and payment.state is PaymentState.HELD:
        return [movements.hold(payment_id, payer, currency, amount_minor)]
    if released_minor:
        return [movements.release(payment_id, payee, currency, released_minor)]
    if refunded_minor and was is PaymentState.HELD:
        return [movements.refund(payment_id, payer, currency, refunded_minor)]
    if refunded_minor:
        return [entries.give_back(payment_id, payer, payee, currency, refunded_minor)]
    return []


def _check_verified(before: Payment | None, after: Payment) -> None:
    """Money leaves the payer only for a verified payer, and reaches the payee at once only for a verified payee."""
    if after.state is (None if before is None else before.state):
        return
    if after.state in PAID and not _verified(after.second_result):
        _fail(after, "moved money without a verified payer")
    if after.state is PaymentState.SETTLED and not (_verified(after.first_result) and after.plan is None):
        _fail(after, "settled what was to be held")


def _check_release(before: Payment | None, after: Payment, order: Order | None) -> None:
    """Held money reaches the payee by a fresh verification, all of it; or by the order of two people, so much of it."""
    if isinstance(order, ReleaseOrdered):
        _check_order(before, after, order, after.released_minor)
        return
    asked = None if before is None else before.open
    began = None if before is None or before.hold is None else before.hold.began_at_ms
    if asked is None or began is None or asked.issued_at_ms < began:
        _fail(after, "released without a verification begun after the hold")
    elif asked.role is not Role.PAYEE or asked.purpose is not Purpose.RELEASE:
        _fail(after, "released by another instruction")
    elif not asked.pending:
        _fail(after, "released without an answer")
    elif after.state is not PaymentState.RELEASED:
        _fail(after, "released a part that nobody ordered")


def _check_refund(before: Payment | None, after: Payment, order: Order | None) -> None:
    """Money goes back by an order, so much of it; or, all that is left of a hold, because that expired."""
    if isinstance(order, RefundOrdered):
        _check_order(before, after, order, after.refunded_minor)
    elif after.state not in FINAL or after.reason not in WENT_BACK:
        _fail(after, "refunded what nobody ordered, before the hold was over")


def _check_order(before: Payment | None, after: Payment, order: Order, sum_minor: int) -> None:
    """`order` is another than all before, of exactly this money, with a reason, and by two people."""
    orders, sums = ((), ()) if before is None else (before.orders, (before.released_minor, before.refunded_minor))
    if order.by.asked_by == order.by.approved_by:
        _fail(after, "moved money by the order of one person")
    if not order.by.why.strip():
        _fail(after, "moved money for no reason")
    if order.order_id in [done.order_id for done in orders] or after.orders != (*orders, carried_out(order)):
        _fail(after, "moved money by an order that is used up, or kept no note of it")
    if order.currency != after.currency or order.amount_minor != sum_minor - _before(order, sums):
        _fail(after, "moved other money than was ordered")


def _before(order: Order, sums: tuple[int, ...]) -> int:
    released_minor, refunded_minor = sums or (0, 0)
    return released_minor if isinstance(order, ReleaseOrdered) else refunded_minor


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
