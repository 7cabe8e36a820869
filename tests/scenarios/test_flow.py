"""The rows of the flow, one scenario each: a real broker, a real server process, signed terminals, true comparison."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import Modality, PaymentState, Purpose, ReplyStatus
from server_mqtt.contract.reasons import Reason, Verdict
from tests.scenarios.people import Person
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

STRANGER = Person(10_001)


def test_both_verified_the_money_moves(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee, 1_250)
    assert payer.told(payment_id, PaymentState.AWAITING_PAYEE).payee_name == payee.name
    payee.answer(payee.first(payment_id))
    second = payer.second(payment_id)
    assert second.first_result.verdict is Verdict.VERIFIED
    assert second.hold is None
    payer.answer(second)
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.SETTLED).amount_minor == 1_250
    assert (shop.balance(payer), shop.balance(payee)) == (8_750, 1_250)
