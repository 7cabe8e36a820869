"""Held money: in and out of an escrow account of its own, and when its payee is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import hold, movements, schedule
from server_mqtt.escrow.hold import HoldPlan, HoldTerms
from server_mqtt.ledger import balances
from server_mqtt.ledger.entries import Entry, EntryKind
from server_mqtt.ledger.money import LedgerInvariantError
from server_mqtt.verification.policy import Policy

PAYMENT, OTHER = "a" * 32, "b" * 32
PAYER, PAYEE, ESCROW = ("customer/10001", "EUR"), ("customer/10002", "EUR"), (f"escrow/{PAYMENT}", "EUR")


def _after(held: dict[tuple[str, str], int], *posted: Entry) -> dict[tuple[str, str], int]:
    for entry in posted:
        held = {**held, **balances.post(held, entry)}
    return held


def test_held_money_goes_on_or_back_and_leaves_nothing() -> None:
    frozen = _after({PAYER: 100}, movements.hold(PAYMENT, "10001", "EUR", 60))
    assert frozen == {PAYER: 40, ESCROW: 60}
    assert _after(frozen, movements.release(PAYMENT, "10002", "EUR", 60)) == {PAYER: 40, ESCROW: 0, PAYEE: 60}
    assert _after(frozen, movements.refund(PAYMENT, "10001", "EUR", 60)) == {PAYER: 100, ESCROW: 0}


def test_every_movement_says_what_it_is_and_for_which_payment() -> None:
    made = (
        movements.hold(PAYMENT, "10001", "EUR", 60),
        movements.release(PAYMENT, "10002", "EUR", 60),
        movements.refund(PAYMENT, "10001", "EUR", 60),
    )
    assert [entry.kind for entry in made] == [EntryKind.HOLD, EntryKind.RELEASE, EntryKind.REFUND]
    assert [entry.payment_id for entry in made] == [PAYMENT] * 3


@pytest.mark.fault(66)
def test_frozen_money_leaves_once() -> None:
    release, refund = movements.release(PAYMENT, "10002", "EUR", 60), movements.refund(PAYMENT, "10001", "EUR", 60)
    frozen = _after({PAYER: 100}, movements.hold(PAYMENT, "10001", "EUR", 60))
    for first in (release, refund):
        for second in (release, refund):
            with pytest.raises(LedgerInvariantError, match="insufficient_funds"):
                _after(frozen, first, second)


def test_another_payments_escrow_is_not_touched() -> None:
    frozen = _after({PAYER: 100}, movements.hold(PAYMENT, "10001", "EUR", 60))
    with pytest.raises(LedgerInvariantError, match="insufficient_funds"):
        _after(frozen, movements.release(OTHER, "10002", "EUR", 60))


@pytest.mark.fault(65)
@pytest.mark.parametrize("account", [f"escrow/{PAYMENT}", "outside/EUR"])
def test_money_is_released_to_people_only(account: str) -> None:
    with pytest.raises(LedgerInvariantError):
        movements.release(PAYMENT, account, "EUR", 60)
    with pytest.raises(LedgerInvariantError):
        movements.refund(PAYMENT, account, "EUR", 60)


def test_the_terms_begin_when_the_money_is_frozen() -> None:
    plan = HoldPlan(reason=Reason.PAYEE_RISKY, risk_reason="marked", expires_in_ms=5_000)
    terms = HoldTerms(reason=Reason.PAYEE_RISKY, risk_reason="marked", began_at_ms=7_000, expires_at_ms=12_000)
    assert hold.begin(plan, 7_000, 5_000) == terms
    assert hold.begin(plan, 7_000, 4_999) == replace(terms, notice_at_ms=7_001)


def test_a_hold_that_is_extended_says_so_anew() -> None:
    noticed = HoldTerms(
        reason=Reason.PAYEE_RISKY,
        risk_reason="marked",
        began_at_ms=7_000,
        expires_at_ms=12_000,
        asked=2,
        notice_at_ms=11_000,
        noticed=True,
        extended=3,
        paused=True,
    )
    longer = replace(noticed, expires_at_ms=16_001, notice_at_ms=15_001, noticed=False, extended=4)
    assert hold.extended(noticed, 4_001, 1_000) == longer
    assert hold.extended(noticed, 4_001, 2_000) == replace(longer, notice_at_ms=14_001)
    assert hold.extended(noticed, 4_001, 2_001) == replace(longer, notice_at_ms=14_001)


def test_the_payee_is_asked_less_and_less_often() -> None:
    pauses = [schedule.pause_ms(Policy(), asked) for asked in range(6)]
    assert pauses == [30_000, 120_000, 600_000, 3_600_000, 3_600_000, 3_600_000]
