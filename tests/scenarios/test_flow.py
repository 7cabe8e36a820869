"""The rows of the flow, one scenario each: a real broker, a real server process, signed terminals, true comparison."""

from __future__ import annotations

import pytest

from server_mqtt.contract.limits import NONCE_BYTES
from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    Modality,
    PayerStop,
    PaymentState,
    Purpose,
    Role,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.ledger.accounts import customer_account
from tests.scenarios.shop import BOTH, Shop

pytestmark = pytest.mark.broker


# --- payer_request ---


def test_a_payment_is_asked_for_by_its_payer_s_terminal(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee, 1_250)
    told = payer.told(payment_id, PaymentState.AWAITING_PAYEE)
    assert (told.role, told.amount_minor, told.currency) == (Role.PAYER, 1_250, "EUR")
    assert (told.payer_name, told.payee_name, told.payee_account) == (payer.name, payee.name, payee.account)
    assert shop.story(payment_id)["states"][0]["state"] == "awaiting_payee"


# --- payee_lookup ---


def test_who_is_not_in_the_directory_is_not_paid_and_nothing_else_happens(shop: Shop) -> None:
    payer, unlisted = shop.customer(), shop.customer(listed=False)
    payment_id = payer.pay(unlisted)
    assert payer.told(payment_id, PaymentState.DECLINED).reason is Reason.UNKNOWN_PAYEE
    story = shop.story(payment_id)
    assert [state["state"] for state in story["states"]] == ["declined"]
    assert (story["attempts"], story["postings"]) == ([], [])
    assert unlisted.device.bodies(FirstInstruction) == []
    assert shop.balance(payer) == 10_000


# --- first_instruction ---


def test_the_payee_s_terminal_is_told_what_to_capture_of_whom_and_within_which_time(shop: Shop) -> None:
    payer, payee, other = shop.customer(), shop.customer(accepts=[Modality.FINGERPRINT]), shop.customer()
    payment_id = payer.pay(payee, 700)
    first = payee.first(payment_id)
    assert (first.amount_minor, first.currency, first.purpose) == (700, "EUR", Purpose.PAYMENT)
    assert (first.payer_name, first.payee_name) == (payer.name, payee.name)
    assert first.modalities == (Modality.FINGERPRINT,)
    assert len(first.nonce) == NONCE_BYTES
    assert len(first.challenge) == len(first.holds_ms) == 4
    assert (first.preset_time_ms, first.attempt, first.attempts) == (30_000, 1, 3)
    assert other.device.bodies(FirstInstruction) == payer.device.bodies(FirstInstruction) == []


# --- payee_capture ---


def test_the_payee_s_answer_within_the_preset_time_counts_once(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id))
    payer.second(payment_id)
    (attempt,) = shop.story(payment_id)["attempts"]
    assert (attempt["role"], attempt["device"], attempt["outcome"]) == ("payee", payee.device.name, "captured")


# --- first_verification and first_result ---


@pytest.mark.parametrize("modality", Modality)
def test_the_payee_is_verified_by_either_modality(shop: Shop, modality: Modality) -> None:
    payer, payee = shop.customer(), shop.customer(accepts=[modality])
    payment_id, second = payer.pay_verified(payee)
    assert (second.first_result.verdict, second.first_result.modality) == (Verdict.VERIFIED, modality)
    assert shop.story(payment_id)["first_result"]["verdict"] == "verified"


def test_an_impostor_at_the_payee_s_sensor_is_rejected_with_a_reason(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    payee.answer(first, shop.stranger)
    again = payee.first(payment_id)
    assert (again.attempt, again.previous_reason) == (2, Reason.NOT_RECOGNISED)
    assert again.nonce != first.nonce
    payee.fail(payment_id, shop.stranger, again)
    result = payer.second(payment_id).first_result
    assert (result.verdict, result.reason) == (Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP)


def test_a_second_try_within_the_preset_time_is_enough(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id), shop.stranger)
    payee.answer(payee.first(payment_id))
    assert payer.second(payment_id).first_result.verdict is Verdict.VERIFIED


def test_a_sensor_that_fails_is_a_payee_who_could_not_be_checked(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    for _ in range(3):
        payee.device.ask(payee.capture(payee.first(payment_id), outcome=CaptureOutcome.SENSOR_FAILED))
    second = payer.second(payment_id)
    assert second.first_result.verdict is Verdict.COULD_NOT_BE_CHECKED
    assert second.hold is not None
    assert second.hold.reason is Reason.PAYEE_NOT_CHECKED


def test_a_payee_without_references_could_not_be_checked_and_the_payer_may_go_on(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(enrolled=[])
    payment_id = payer.pay(payee)
    second = payer.second(payment_id)
    assert (second.first_result.verdict, second.first_result.reason) == (
        Verdict.COULD_NOT_BE_CHECKED,
        Reason.NOT_ENROLLED,
    )
    payer.answer(second)
    payer.told(payment_id, PaymentState.HELD)


# --- second_instruction ---


def test_the_payer_is_told_the_first_result_and_what_it_means_for_the_money(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee, 900)
    payee.fail(payment_id, shop.stranger)
    second = payer.second(payment_id)
    assert (second.payee_name, second.payee_account, second.amount_minor) == (payee.name, payee.account, 900)
    assert second.first_result.verdict is Verdict.NOT_VERIFIED
    assert second.hold is not None
    assert second.hold.reason is Reason.PAYEE_NOT_VERIFIED
    assert second.hold.expires_in_ms == 7 * 24 * 3_600_000
    assert second.preset_time_ms == 45_000


# --- payer_stop and consent ---


def test_the_payer_may_stop_after_the_first_result(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id, _ = payer.pay_verified(payee)
    payer.device.ask(PayerStop(payment_id=payment_id))
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.DECLINED).reason is Reason.PAYER_STOPPED
    assert (shop.balance(payer), shop.balance(payee)) == (10_000, 10_000)


def test_what_the_payer_agreed_to_must_be_what_was_said(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id, second = payer.pay_verified(payee)
    for change in ({"amount_minor": 999}, {"payee_name": "Somebody"}, {"held": True}):
        assert payer.refused(payer.capture(second, consent=change)).reason is Reason.CONSENT_DIFFERS
    payer.answer(second)
    payer.told(payment_id, PaymentState.SETTLED)


# --- second_verification ---


def test_a_payer_who_is_not_verified_ends_the_payment_and_nothing_moves(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id, second = payer.pay_verified(payee)
    payer.fail(payment_id, shop.stranger, second)
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.DECLINED).reason is Reason.PAYER_NOT_VERIFIED
    story = shop.story(payment_id)
    assert story["postings"] == []
    assert (story["second_result"]["verdict"], story["second_result"]["reason"]) == (
        "not_verified",
        "attempts_used_up",
    )
    assert [attempt["verdict"] for attempt in story["attempts"]] == ["verified", *["not_verified"] * 3]
    assert (shop.balance(payer), shop.balance(payee)) == (10_000, 10_000)


# --- transfer ---


def test_both_verified_the_money_moves(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee, 1_250)
    assert second.hold is None
    payer.answer(second)
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.SETTLED).amount_minor == 1_250
    assert (shop.balance(payer), shop.balance(payee)) == (8_750, 1_250)
    assert shop.moved(payment_id) == [
        ("settle", customer_account(payer.account), -1_250),
        ("settle", customer_account(payee.account), 1_250),
    ]


def test_a_large_amount_takes_face_and_fingerprint(shop: Shop) -> None:
    payer, payee = shop.customer(funds_minor=500_000), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee, 200_000)
    first = payee.first(payment_id)
    assert (first.modalities, first.all_modalities) == (BOTH, True)
    payee.answer(first)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.SETTLED)
    assert shop.balance(payee) == 200_000
