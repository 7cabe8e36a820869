"""The second preset time: who does not answer in it, ends the payment."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    return {"payer_preset_time_ms": 1_000}


# --- second_verification, timed out ---


@pytest.mark.fault(17)
def test_a_payer_who_does_not_answer_in_time_ends_the_payment_and_nothing_moves(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id))
    second = payer.second(payment_id)
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.DECLINED).reason is Reason.TIMED_OUT
    assert payer.refused(payer.capture(second)).reason is Reason.TOO_LATE
    story = shop.story(payment_id)
    assert (story["postings"], story["second_result"]["reason"]) == ([], "timed_out")
    assert (shop.balance(payer), shop.balance(payee)) == (10_000, 10_000)
