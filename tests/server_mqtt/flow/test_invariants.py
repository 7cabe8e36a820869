"""Decisions that must not exist stop the worker; and nothing a shop can do makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow import movements
from server_mqtt.flow.decision import Next
from server_mqtt.flow.effects import Post
from server_mqtt.flow.events import TimerKind
from server_mqtt.flow.invariants import FlowInvariantError, check, needed
from server_mqtt.flow.states import Payment, Result
from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Entry
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, PAYEE, PAYER, PAYMENT
from tests.server_mqtt.flow.world import World, held

SETTLE = entries.settle(PAYMENT, PAYER, PAYEE, "EUR", AMOUNT_MINOR)
HOLD = movements.hold(PAYMENT, PAYER, "EUR", AMOUNT_MINOR)
RELEASE = movements.release(PAYMENT, PAYEE, "EUR", AMOUNT_MINOR)
REFUND = movements.refund(PAYMENT, PAYER, "EUR", AMOUNT_MINOR)
VERIFIED = Result(verdict=Verdict.VERIFIED, at_ms=1)
EVERYWHERE = tuple(PaymentState)
_SHARES: dict[PaymentState, dict[str, Any]] = {
    PaymentState.RELEASED: {"released_minor": AMOUNT_MINOR},
    PaymentState.REFUNDED: {"refunded_minor": AMOUNT_MINOR},
}


def _awaiting_payer() -> Payment:
    return replace(World().until(PaymentState.AWAITING_PAYER).it, second_result=VERIFIED)


def _asked() -> Payment:
    world = held()
    world.let_due(TimerKind.RESEND)
    return world.it


def _answered() -> Payment:
    return replace(_asked(), open=replace(needed(_asked().open, "instruction"), pending=True))


def _after(before: Payment, state: PaymentState, *posted: Entry) -> Next:
    shares = _SHARES.get(state, {})
    reason = Reason.HOLD_EXPIRED if state is PaymentState.REFUNDED else before.reason
    after = replace(before, state=state, revision=before.revision + 1, reason=reason, **shares)
    return Next(payment=after, effects=tuple(Post(entry=entry) for entry in posted))


def test_what_may_be_may_be() -> None:
    check(_awaiting_payer(), EVERYWHERE, _after(_awaiting_payer(), PaymentState.SETTLED, SETTLE))
    check(_answered(), EVERYWHERE, _after(_answered(), PaymentState.RELEASED, RELEASE))
    check(_asked(), EVERYWHERE, _after(_asked(), PaymentState.REFUNDED, REFUND))
    check(_asked(), (), Next(payment=_asked()))


@pytest.mark.parametrize(
    ("before", "state", "posted", "words"),
    [
        (_awaiting_payer, PaymentState.SETTLED, (), "became settled with the entries"),
        (_awaiting_payer, PaymentState.SETTLED, (SETTLE, SETTLE), "became settled with the entries"),
        (_awaiting_payer, PaymentState.SETTLED, (HOLD,), "became settled with the entries"),
        (
            _awaiting_payer,
            PaymentState.SETTLED,
            (entries.settle(PAYMENT, PAYER, PAYEE, "EUR", AMOUNT_MINOR + 1),),
            "became settled with the entries",
        ),
        (
            _awaiting_payer,
            PaymentState.SETTLED,
            (entries.settle(PAYMENT, PAYER, "20004472", "EUR", AMOUNT_MINOR),),
            "became settled with the entries",
        ),
        (_awaiting_payer, PaymentState.DECLINED, (SETTLE,), "became declined with the entries"),
        (_asked, PaymentState.HELD, (RELEASE,), "became held with the entries"),
        (_asked, PaymentState.RELEASED, (REFUND,), "became released with the entries"),
        (_asked, PaymentState.RELEASED, (RELEASE, REFUND), "became released with the entries"),
    ],
)
def test_money_that_does_not_fit_the_state(
    before: Callable[[], Payment], state: PaymentState, posted: tuple[Entry, ...], words: str
) -> None:
    with pytest.raises(FlowInvariantError, match=rf"{words} \[.*\]$"):
        check(before(), EVERYWHERE, _after(before(), state, *posted))


def test_an_arrow_that_is_not_in_the_table() -> None:
    with pytest.raises(FlowInvariantError, match=f"^payment {PAYMENT} went from awaiting_payer to settled$"):
        check(_awaiting_payer(), (PaymentState.HELD,), _after(_awaiting_payer(), PaymentState.SETTLED, SETTLE))


@pytest.mark.parametrize("second", [None, replace(VERIFIED, verdict=Verdict.NOT_VERIFIED)])
def test_money_without_a_verified_payer(second: Result | None) -> None:
    for state, entry in ((PaymentState.SETTLED, SETTLE), (PaymentState.HELD, HOLD)):
        before = replace(_awaiting_payer(), second_result=second)
        with pytest.raises(FlowInvariantError, match=r"moved money without a verified payer$"):
            check(before, EVERYWHERE, _after(before, state, entry))


def test_money_at_once_for_an_unverified_payee() -> None:
    before = replace(_awaiting_payer(), first_result=replace(VERIFIED, verdict=Verdict.COULD_NOT_BE_CHECKED))
    with pytest.raises(FlowInvariantError, match=r"settled what was to be held$"):
        check(before, EVERYWHERE, _after(before, PaymentState.SETTLED, SETTLE))


def test_a_release_by_a_verification_from_before_the_hold() -> None:
    before = _asked()
    asked, terms = needed(before.open, "instruction"), needed(before.hold, "hold")
    for wrong in (None, replace(asked, issued_at_ms=terms.began_at_ms - 1)):
        other = replace(before, open=wrong)
        with pytest.raises(FlowInvariantError, match=r"released without a verification begun after the hold$"):
            check(other, EVERYWHERE, _after(other, PaymentState.RELEASED, RELEASE))
    for wrong in (replace(asked, role=Role.PAYER), replace(asked, purpose=Purpose.PAYMENT)):
        other = replace(before, open=wrong)
        with pytest.raises(FlowInvariantError, match=r"released by another instruction$"):
            check(other, EVERYWHERE, _after(other, PaymentState.RELEASED, RELEASE))


def test_a_release_by_an_instruction_that_nobody_answered() -> None:
    with pytest.raises(FlowInvariantError, match=r"released without an answer$"):
        check(_asked(), EVERYWHERE, _after(_asked(), PaymentState.RELEASED, RELEASE))


@pytest.mark.parametrize("state", [PaymentState.AWAITING_PAYER, PaymentState.HELD])
def test_a_payee_who_was_refused_is_not_paid(state: PaymentState) -> None:
    refused = Result(verdict=Verdict.REFUSED, reason=Reason.ACCOUNT_BLOCKED, at_ms=1)
    after = replace(_awaiting_payer(), state=state, first_result=refused, revision=99)
    with pytest.raises(FlowInvariantError, match=r"went on after the payee was refused$"):
        check(after, EVERYWHERE, Next(payment=replace(after, revision=100)))


@pytest.mark.parametrize("verdict", [Verdict.NOT_VERIFIED, Verdict.COULD_NOT_BE_CHECKED])
def test_nobody_is_asked_to_pay_at_once_whom_nobody_verified(verdict: Verdict) -> None:
    before = replace(_awaiting_payer(), first_result=replace(VERIFIED, verdict=verdict), plan=None)
    with pytest.raises(FlowInvariantError, match=r"asks the payer to pay somebody at once who is not verified$"):
        check(before, EVERYWHERE, Next(payment=replace(before, revision=before.revision + 1)))


def test_a_change_without_a_new_revision_or_of_what_never_changes() -> None:
    before = _awaiting_payer()
    with pytest.raises(FlowInvariantError, match=r"changed without a new revision$"):
        check(before, (), Next(payment=replace(before, open=None)))
    for change in ({"amount_minor": 1}, {"payee_account": "20004472"}, {"payment_id": "b" * 32}):
        other = replace(before, revision=before.revision + 1, **change)
        with pytest.raises(FlowInvariantError, match=r"became another payment$"):
            check(before, (), Next(payment=other))


@pytest.mark.parametrize("state", [PaymentState.SETTLED, PaymentState.DECLINED])
def test_a_change_of_what_is_over(state: PaymentState) -> None:
    before = World().until(state).it
    with pytest.raises(FlowInvariantError, match=f"changed after it was {state}$"):
        check(before, (), Next(payment=replace(before, revision=before.revision + 1)))


def test_what_is_missing_is_named() -> None:
    assert needed(5, "number") == 5
    with pytest.raises(FlowInvariantError, match=r"^there is no number$"):
        needed(None, "number")


def test_a_broken_invariant_stops_the_worker() -> None:
    assert issubclass(FlowInvariantError, AssertionError)
