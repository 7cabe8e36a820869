"""Lock-outs at a real server: nobody tries for ever, whatever they stop, restart or begin anew."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from server_mqtt.cli import commands
from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    Modality,
    PayerStop,
    PaymentState,
    PaymentStatus,
)
from server_mqtt.contract.reasons import Reason, Verdict
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker

FINGER_ONLY = [Modality.FINGERPRINT]


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    """A delay that no slow machine outlasts."""
    return {"lockout_first_ms": 3_600_000}


def _failures(shop: Shop, customer: Customer) -> dict[str, tuple[str, int]]:
    rows: list[dict[str, Any]] = shop.server.ask("account", "biometrics", customer.account)
    return {row["modality"]: (row["state"], row["failures"]) for row in rows}


def _unlock(shop: Shop, customer: Customer) -> None:
    arguments = ["account", "unlock", customer.account, "--reason", "seen in person"]
    done = CliRunner().invoke(commands, [*arguments, "--config", str(shop.server.config)])
    assert done.exit_code == 0, done.exception


def _try_and_stop(shop: Shop, payer: Customer, payee: Customer) -> None:
    """One failed attempt at the payee's terminal, of a payment that is then given up."""
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id), shop.stranger)
    assert payee.first(payment_id).attempt == 2
    payer.device.ask(PayerStop(payment_id=payment_id))
    payer.told(payment_id, PaymentState.DECLINED)


@pytest.mark.fault(70)
def test_a_challenge_that_somebody_leaves_counts_and_ends_the_payment(shop: Shop) -> None:
    """As a terminal tells it: the attempt failed, and the payer stops, one right after the other."""
    payer, payee = shop.customer(), shop.customer()
    payment_id, second = payer.pay_verified(payee)
    payer.device.send(payer.capture(second, outcome=CaptureOutcome.LIVENESS_FAILED, probes=()))
    payer.device.send(PayerStop(payment_id=payment_id))
    assert payer.told(payment_id, PaymentState.DECLINED).reason is Reason.PAYER_STOPPED
    assert _failures(shop, payer)["face"] == ("open", 1)
    assert shop.moved(payment_id) == []


@pytest.mark.fault(70)
def test_stops_restarts_and_new_payments_do_not_reset_the_count_and_the_money_is_held(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0, enrolled=FINGER_ONLY, accepts=FINGER_ONLY)
    for _ in range(3):
        _try_and_stop(shop, payer, payee)
    shop.server.kill()
    shop.server.start()
    _try_and_stop(shop, payer, payee)
    # The fifth ends the attempts, though two are left.
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id), shop.stranger)
    result = payer.second(payment_id).first_result
    assert (result.verdict, result.reason) == (Verdict.NOT_VERIFIED, Reason.LOCKED_OUT)
    # In the next one even the right person is not asked, and the payer is told at once.
    other = payer.pay(payee)
    second = payer.second(other)
    assert (second.first_result.verdict, second.first_result.reason) == (
        Verdict.COULD_NOT_BE_CHECKED,
        Reason.LOCKED_OUT,
    )
    assert other not in [it.payment_id for it in payee.device.bodies(FirstInstruction)]
    payer.answer(second)
    payer.told(other, PaymentState.HELD)
    assert shop.escrow(other) == 1_000
    assert _failures(shop, payee)["fingerprint"] == ("locked", 5)
    # An operator ends it; a success ends the row.
    _unlock(shop, payee)
    third = payer.pay(payee)
    payee.answer(payee.first(third))
    assert payer.second(third).first_result.verdict is Verdict.VERIFIED
    assert _failures(shop, payee)["fingerprint"] == ("open", 0)


@pytest.mark.fault(38)
@pytest.mark.fault(70)
def test_a_payer_who_is_locked_out_is_declined_before_the_payee_is_bothered(shop: Shop) -> None:
    payer, payee = shop.customer(enrolled=FINGER_ONLY), shop.customer()
    for _ in range(2):
        payment_id, second = payer.pay_verified(payee)
        while payer.device.ask(payer.capture(second, outcome=CaptureOutcome.SENSOR_FAILED)):
            if second.attempt == second.attempts or _failures(shop, payer)["fingerprint"][1] == 5:
                break
            second = payer.second(payment_id)
        ended = payer.told(payment_id, PaymentState.DECLINED)
    assert ended.reason is Reason.LOCKED_OUT
    asked = len(payee.device.bodies(FirstInstruction))
    request = payer.request(payee)
    payer.device.ask(request)
    declined = payer.device.expect(PaymentStatus, lambda it: it.payment_id == request.payment_id)
    assert (declined.state, declined.reason) == (PaymentState.DECLINED, Reason.LOCKED_OUT)
    assert len(payee.device.bodies(FirstInstruction)) == asked
    assert shop.balance(payer) == 10_000


def test_where_the_face_is_locked_the_finger_is_asked_for(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    for _ in range(2):
        payment_id = payer.pay(payee)
        first = payee.first(payment_id)
        while first.modalities[0] is Modality.FACE and first.attempt < first.attempts:
            payee.answer(first, shop.stranger)
            first = payee.first(payment_id)
        if first.modalities[0] is Modality.FACE:
            payee.answer(first, shop.stranger)
            payer.second(payment_id)
    assert (first.modalities, first.attempt) == ((Modality.FINGERPRINT,), 3)
    payee.answer(first)
    assert payer.second(payment_id).first_result.verdict is Verdict.VERIFIED
    assert _failures(shop, payee) == {"face": ("locked", 5), "fingerprint": ("open", 0)}
