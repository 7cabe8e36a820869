"""What the server's clock brings about: the first preset time, the re-sends of a hold, its expiry."""

from __future__ import annotations

import pytest

from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import Modality, PayeeRefusal, PaymentState, PaymentStatus, Purpose, ReplyStatus
from server_mqtt.contract.reasons import Reason, Verdict
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def policy() -> dict[str, int | float]:
    return {
        "payee_preset_time_ms": 1_500,
        "resend_first_ms": 500,
        "resend_second_ms": 500,
        "hold_expiry_ms": 6_000,
        "hold_notice_ms": 2_000,
        "hold_extension_ms": 5_000,
        "hold_extensions": 1,
    }


def _unanswered(payer: Customer, payee: Customer) -> str:
    """A payment whose payee did not answer in time, and whose payer was told so and went on."""
    payment_id = payer.pay(payee)
    second = payer.second(payment_id)
    assert (second.first_result.verdict, second.first_result.reason) == (
        Verdict.COULD_NOT_BE_CHECKED,
        Reason.TIMED_OUT,
    )
    payer.answer(second)
    payer.told(payment_id, PaymentState.HELD)
    return payment_id


# --- first_result, timed out ---


@pytest.mark.fault(17)
def test_an_answer_after_the_preset_time_is_too_late_however_it_was_delivered(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    assert payer.second(payment_id).first_result.reason is Reason.TIMED_OUT
    late = shop.server.counted("too_late")
    assert payee.refused(payee.capture(first)).reason is Reason.TOO_LATE
    assert shop.server.counted("too_late") == late + 1
    story = shop.story(payment_id)
    assert (story["state"], story["attempts"]) == ("awaiting_payer", [])
    assert story["first_result"]["reason"] == "timed_out"


def test_an_impostor_who_leaves_before_the_time_is_over_was_rejected_all_the_same(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id), shop.stranger)
    result = payer.second(payment_id).first_result
    assert (result.verdict, result.reason) == (Verdict.NOT_VERIFIED, Reason.TIMED_OUT)


# --- release_instruction and release ---


def test_the_payee_of_held_money_is_asked_again_and_again_anew(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = _unanswered(payer, payee)
    asked = [payee.first(payment_id) for _ in range(3)]
    assert [instruction.purpose for instruction in asked] == [Purpose.PAYMENT, Purpose.RELEASE, Purpose.RELEASE]
    assert len({instruction.nonce for instruction in asked}) == 3
    assert shop.escrow(payment_id) == 1_000


def test_a_payee_who_does_not_want_to_now_is_asked_later_and_the_money_stays_frozen(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0, accepts=[Modality.FINGERPRINT])
    payment_id = _unanswered(payer, payee)
    payee.first(payment_id)
    payee.first(payment_id)
    payee.device.ask(PayeeRefusal(payment_id=payment_id))
    again = payee.first(payment_id)
    payee.answer(again)
    payee.told(payment_id, PaymentState.RELEASED)
    assert shop.balance(payee) == 1_000


# --- hold_notice ---


def test_before_a_hold_expires_both_are_told(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _unanswered(payer, payee)
    revisions = {customer.device.expect(PaymentStatus, _expires_soon).revision for customer in (payer, payee)}
    (revision,) = revisions
    assert payer.told(payment_id, PaymentState.REFUNDED).revision > revision
    assert [event["event"] for event in shop.story(payment_id)["history"]].count("hold_notice") == 1


def _expires_soon(status: PaymentStatus) -> bool:
    return status.hold is not None and status.hold.expires_soon


# --- hold_extension ---


def test_a_payer_puts_the_expiry_off_as_often_as_may_be_and_no_more(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _unanswered(payer, payee)
    extension = HoldExtension(payment_id=payment_id)
    assert payee.device.ask(extension).reason is Reason.NOT_YOUR_PAYMENT
    before_ms = shop.story(payment_id)["hold"]["expires_at"]
    assert payer.device.ask(extension).status is ReplyStatus.ACCEPTED
    assert shop.story(payment_id)["hold"]["expires_at"] > before_ms
    for customer in (payer, payee):
        customer.device.expect(PaymentStatus, _expires_late)
    again = payer.device.ask(extension)
    assert (again.status, again.reason) == (ReplyStatus.REFUSED, Reason.EXTENSIONS_USED_UP)
    history = [event["event"] for event in shop.story(payment_id)["history"]]
    assert history.count("hold_extension") == 1
    assert payer.told(payment_id, PaymentState.REFUNDED).reason is Reason.HOLD_EXPIRED


def _expires_late(status: PaymentStatus) -> bool:
    """Later than a hold that was not extended ever does."""
    return status.hold is not None and status.hold.expires_in_ms > 6_000


# --- refund ---


def test_a_hold_that_expires_goes_back_to_the_payer_and_both_are_told(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = _unanswered(payer, payee)
    assert shop.escrow(payment_id) == 1_000
    for customer in (payer, payee):
        assert customer.told(payment_id, PaymentState.REFUNDED).reason is Reason.HOLD_EXPIRED
    assert (shop.balance(payer), shop.balance(payee), shop.escrow(payment_id)) == (10_000, 0, 0)
    kinds = [row["kind"] for row in shop.story(payment_id)["postings"]]
    assert kinds == ["hold", "hold", "refund", "refund"]
    receipts = [(row["state"], row["reason"]) for row in shop.server.ask("receipt", "show", payment_id)]
    assert receipts == [("held", "payee_not_checked"), ("refunded", "hold_expired")]
    # Nobody is asked for money that went back.
    released = payee.first(payment_id)
    assert payee.refused(payee.capture(released)).reason in (Reason.TOO_LATE, Reason.UNKNOWN_INSTRUCTION)
