"""What each state of a payment lets its postings add up to, and what is said of every other sum."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import PaymentState
from server_mqtt.escrow import movements
from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Entry
from server_mqtt.ledger.payment_sums import Terms, check_payments

PAYMENT = "ab" * 16
SETTLE_ONE = entries.settle(PAYMENT, "10001", "10002", "BHD", 1)
SETTLE = entries.settle(PAYMENT, "10001", "10002", "BHD", 1_234)
HOLD = movements.hold(PAYMENT, "10001", "BHD", 1_234)
RELEASE = movements.release(PAYMENT, "10002", "BHD", 1_234)
REFUND = movements.refund(PAYMENT, "10001", "BHD", 1_234)
RIGHT: dict[PaymentState, tuple[Entry, ...]] = {
    PaymentState.AWAITING_PAYEE: (),
    PaymentState.AWAITING_PAYER: (),
    PaymentState.DECLINED: (),
    PaymentState.SETTLED: (SETTLE,),
    PaymentState.HELD: (HOLD,),
    PaymentState.RELEASED: (HOLD, RELEASE),
    PaymentState.REFUNDED: (HOLD, REFUND),
}


def moved(*posted: Entry) -> dict[str, dict[tuple[str, str], int]]:
    sums: dict[str, dict[tuple[str, str], int]] = {}
    for entry in posted:
        of = sums.setdefault(entry.payment_id, {})
        for posting in entry.postings:
            key = (posting.ledger_account, posting.currency)
            of[key] = of.get(key, 0) + posting.amount_minor
    return sums


def terms(
    state: PaymentState, amount_minor: int = 1_234, currency: str = "BHD", shares: tuple[int, int] | None = None
) -> Terms:
    """Unless told otherwise, all of it was released or refunded where the state says so."""
    whole = {PaymentState.RELEASED: (amount_minor, 0), PaymentState.REFUNDED: (0, amount_minor)}
    released_minor, refunded_minor = shares or whole.get(state, (0, 0))
    return Terms(
        state=state,
        payer_account="10001",
        payee_account="10002",
        currency=currency,
        amount_minor=amount_minor,
        released_minor=released_minor,
        refunded_minor=refunded_minor,
    )


@pytest.mark.parametrize("state", PaymentState)
def test_the_postings_of_its_state_are_right(state: PaymentState) -> None:
    assert list(check_payments(moved(*RIGHT[state]), {PAYMENT: terms(state)})) == []


@pytest.mark.fault(69)
@given(st.sampled_from(PaymentState), st.lists(st.sampled_from([SETTLE, HOLD, RELEASE, REFUND]), max_size=4))
def test_any_other_sums_are_named(state: PaymentState, posted: list[Entry]) -> None:
    def sums(of: tuple[Entry, ...]) -> dict[tuple[str, str], int]:
        return {key: amount for key, amount in moved(*of).get(PAYMENT, {}).items() if amount}

    findings = list(check_payments(moved(*posted), {PAYMENT: terms(state)}))
    assert (findings == []) is (sums(tuple(posted)) == sums(RIGHT[state]))
    assert all(PAYMENT in finding and state in finding for finding in findings)


@pytest.mark.fault(69)
def test_another_amount_currency_or_no_payment_at_all_is_named() -> None:
    assert len(list(check_payments(moved(SETTLE), {PAYMENT: terms(PaymentState.SETTLED, 1_235)}))) == 2
    assert len(list(check_payments(moved(SETTLE), {PAYMENT: terms(PaymentState.SETTLED, currency="KWD")}))) == 4
    assert list(check_payments(moved(SETTLE), {})) == [f"payment {PAYMENT} has postings, but there is no such payment"]
    (giver, taker) = check_payments(moved(SETTLE), {PAYMENT: terms(PaymentState.DECLINED)})
    words = f"payment {PAYMENT} is declined and moves"
    assert giver == f"{words} -1234 BHD in customer/10001, where it should move 0"
    assert taker == f"{words} 1234 BHD in customer/10002, where it should move 0"
    assert len(list(check_payments(moved(), {PAYMENT: terms(PaymentState.SETTLED, 1)}))) == 2
    assert len(list(check_payments(moved(SETTLE_ONE), {PAYMENT: terms(PaymentState.DECLINED)}))) == 2
    (giver, _) = check_payments(moved(), {PAYMENT: terms(PaymentState.SETTLED)})
    assert giver == (f"payment {PAYMENT} is settled and moves 0 BHD in customer/10001, where it should move -1234")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=8), st.data())
def test_parts_are_right_wherever_they_went(parts: list[tuple[bool, int]], data: st.DataObject) -> None:
    """A hold in any parts, to its end or not, and back from the payee afterwards."""
    posted, released, refunded = [HOLD], 0, 0
    for release, amount in parts:
        part = min(amount, 1_234 - released - refunded)
        if part and release:
            posted.append(movements.release(PAYMENT, "10002", "BHD", part))
            released += part
        elif part:
            posted.append(movements.refund(PAYMENT, "10001", "BHD", part))
            refunded += part
    state = PaymentState.HELD
    if released + refunded == 1_234:
        state = PaymentState.RELEASED if released else PaymentState.REFUNDED
    if state is PaymentState.RELEASED and data.draw(st.booleans()):
        back = data.draw(st.integers(1, released))
        posted.append(entries.give_back(PAYMENT, "10001", "10002", "BHD", back))
        refunded += back
    right = terms(state, shares=(released, refunded))
    assert list(check_payments(moved(*posted), {PAYMENT: right})) == []
    wrong = replace(right, refunded_minor=refunded + data.draw(st.sampled_from((-1, 1))))
    assert list(check_payments(moved(*posted), {PAYMENT: wrong})) != []


@pytest.mark.fault(69)
@pytest.mark.parametrize(
    ("state", "shares"),
    [
        (PaymentState.SETTLED, (1, 0)),
        (PaymentState.SETTLED, (0, 1_235)),
        (PaymentState.SETTLED, (0, -1)),
        (PaymentState.HELD, (600, 634)),
        (PaymentState.HELD, (-1, 0)),
        (PaymentState.HELD, (0, -1)),
        (PaymentState.RELEASED, (0, 1_234)),
        (PaymentState.RELEASED, (1_235, 0)),
        (PaymentState.RELEASED, (600, 633)),
        (PaymentState.RELEASED, (600, 1_235)),
        (PaymentState.REFUNDED, (1, 1_233)),
        (PaymentState.REFUNDED, (0, 1_233)),
        (PaymentState.DECLINED, (0, 1)),
        (PaymentState.AWAITING_PAYER, (1, 0)),
    ],
)
def test_shares_that_cannot_be_are_named(state: PaymentState, shares: tuple[int, int]) -> None:
    findings = list(check_payments(moved(), {PAYMENT: terms(state, shares=shares)}))
    assert f"it cannot have released {shares[0]} and refunded {shares[1]}" in findings[0]


@pytest.mark.parametrize(
    ("state", "shares"),
    [
        (PaymentState.SETTLED, (0, 1_234)),
        (PaymentState.HELD, (600, 633)),
        (PaymentState.HELD, (0, 0)),
        (PaymentState.RELEASED, (1, 1_233)),
        (PaymentState.RELEASED, (1_234, 1_234)),
    ],
)
def test_shares_that_just_can_be_are_not(state: PaymentState, shares: tuple[int, int]) -> None:
    findings = list(check_payments(moved(), {PAYMENT: terms(state, shares=shares)}))
    assert not any("it cannot have" in finding for finding in findings)


@pytest.mark.fault(69)
def test_after_one_payment_that_is_not_there_the_others_are_looked_at() -> None:
    unknown = entries.settle("aa" * 16, "10001", "10002", "BHD", 1)
    findings = list(check_payments(moved(unknown, SETTLE), {PAYMENT: terms(PaymentState.DECLINED)}))
    assert [finding.split()[1] for finding in findings] == ["aa" * 16, PAYMENT, PAYMENT]
