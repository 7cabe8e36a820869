"""Every journey leads where it should, and says on its way what it should and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    Modality,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    PaymentState,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.view import ButtonId, ScreenName, Tone
from terminal.session.commands import Announce, StartCapture, StopCapture
from terminal.session.events import SensorsFound
from terminal.session.limits import LEAVE_AFTER_MS, SLOW_AFTER_MS
from tests.terminal.session.counter import (
    BAKERY,
    PAYEE_ACCOUNT,
    PAYER_ACCOUNT,
    PRESET_MS,
    Counter,
    first,
    ident,
    second,
)
from tests.terminal.session.journeys import JOURNEYS, PAYEE_ASKED, TO_THE_CONSENT, TO_THE_REQUEST, walk

S = ScreenName
P = PaymentState


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(name: str) -> None:
    role, journey = JOURNEYS[name]
    counter = Counter(role)
    for number, (act, screen) in enumerate(journey, start=1):
        act(counter)
        assert counter.screen() is screen, f"after act {number} of {name}"


def test_what_a_settled_payment_sends() -> None:
    counter = walk(*JOURNEYS["settled, the payer's side"])
    assert counter.sent(PayerRequest) == [
        PayerRequest(
            payment_id=ident(1),
            payer_account=PAYER_ACCOUNT,
            payee_account=PAYEE_ACCOUNT,
            amount_minor=1250,
            currency="EUR",
        )
    ]
    (answer,) = counter.sent(PayerCapture)
    assert answer.instruction_id == ident(101)
    assert answer.consent == Consent(
        payee_account=PAYEE_ACCOUNT,
        payee_name=BAKERY,
        amount_minor=1250,
        currency="EUR",
        first_verdict=Verdict.VERIFIED,
        held=False,
    )
    assert not counter.sent(PayerStop)
    assert counter.state.recents[0].name == BAKERY


def test_the_payee_answers_each_instruction_once() -> None:
    counter = walk(*JOURNEYS["held then released, the payee's side"])
    answers = [answer.instruction_id for answer in counter.sent(PayeeCapture)]
    assert answers == [ident(101), ident(102), ident(107)]


def test_a_payer_who_agreed_is_not_asked_to_agree_again_on_a_new_attempt() -> None:
    counter = walk(*JOURNEYS["declined after the payer failed"])
    assert len(counter.sent(PayerCapture)) == 3
    assert counter.view.tone is Tone.BAD


def test_leaving_money_for_later_ends_this_asking_and_nothing_else() -> None:
    counter = walk(*JOURNEYS["held, the payee leaves it for later"])
    assert len(counter.sent(PayeeRefusal)) == 1
    assert not counter.entry.stopped
    stops = [one for one in counter.commands if isinstance(one, StopCapture)]
    assert [one.instruction_id for one in stops] == [ident(107)]


def test_without_a_sensor_the_server_is_told_at_once() -> None:
    counter = Counter(Role.PAYEE).start()
    counter.feed(SensorsFound(working=frozenset())).instruct(first(1))
    (answer,) = counter.sent(PayeeCapture)
    assert answer.outcome is CaptureOutcome.SENSOR_FAILED
    assert not any(isinstance(one, StartCapture) for one in counter.commands)
    assert counter.screen() is S.FIRST_VERIFICATION


def test_only_the_sensors_that_were_asked_for_are_started() -> None:
    counter = Counter(Role.PAYEE).start().instruct(first(1, all_modalities=True))
    (start,) = [one for one in counter.commands if isinstance(one, StartCapture)]
    assert start.modalities == ("face", "fingerprint")
    assert start.ends_at_ms == counter.now_ms + PRESET_MS
    lone = Counter(Role.PAYEE).start().instruct(first(1, modalities=("fingerprint",)))
    (start,) = [one for one in lone.commands if isinstance(one, StartCapture)]
    assert start.modalities == ("fingerprint",)


@pytest.mark.fault(54)
def test_what_takes_long_is_not_yet_decided() -> None:
    counter = walk(Role.PAYER, JOURNEYS["settled, the payer's side"][1][:-3])
    assert counter.screen() is S.SECOND_VERIFICATION
    counter.wait(SLOW_AFTER_MS)
    assert "Not yet decided" in counter.view.detail
    assert counter.view.tone is Tone.WORKING
    counter.wait(LEAVE_AFTER_MS)
    assert counter.sent(PaymentQuery)


# --- a restart in mid-payment ---


@pytest.mark.fault(51)
@pytest.mark.parametrize("left_in", ["a payment on its way", "the consent", "the payee's capture"])
def test_after_a_restart_the_server_is_asked_and_nothing_is_claimed(left_in: str) -> None:
    role, journey = {
        "a payment on its way": (Role.PAYER, TO_THE_REQUEST),
        "the consent": (Role.PAYER, TO_THE_CONSENT),
        "the payee's capture": (Role.PAYEE, PAYEE_ASKED),
    }[left_in]
    book = walk(role, journey).state.book
    again = Counter(role).start(*book)
    assert again.screen() is S.CHECKING
    assert [query.payment_id for query in again.sent(PaymentQuery)] == [ident(1)]
    again.hear(P.SETTLED, 9)
    assert again.screen() is S.OUTCOME
    assert again.view.title == ("Paid" if role is Role.PAYER else "You are paid")


@pytest.mark.fault(51)
def test_after_a_restart_the_payer_may_stop() -> None:
    again = Counter(Role.PAYER).start(*walk(Role.PAYER, TO_THE_CONSENT).state.book)
    again.hear(P.AWAITING_PAYER, 5).press(ButtonId.STOP)
    assert [stop.payment_id for stop in again.sent(PayerStop)] == [ident(1)]
    assert again.screen() is S.CHECKING


@pytest.mark.fault(51)
def test_after_a_restart_the_payment_goes_on_where_it_stands() -> None:
    book = walk(Role.PAYER, TO_THE_REQUEST).state.book
    waiting = Counter(Role.PAYER).start(*book).hear(P.AWAITING_PAYEE, 1)
    assert waiting.screen() is S.FIRST_INSTRUCTION
    asked = Counter(Role.PAYER).start(*book).instruct(second(2))
    assert asked.screen() is S.SECOND_INSTRUCTION


@pytest.mark.fault(51)
def test_several_open_payments_are_each_asked_for_and_each_shown() -> None:
    one = walk(Role.PAYER, TO_THE_REQUEST).entry
    other = replace(one, payment_id=ident(2), status=None)
    again = Counter(Role.PAYER).start(one, other)
    assert len(again.sent(PaymentQuery)) == 2
    assert again.view.amount == ""
    again.hear(P.DECLINED, 3, reason=Reason.TIMED_OUT)
    assert again.screen() is S.CHECKING
    again.reply("payment_query", ReplyStatus.REFUSED, Reason.UNKNOWN_PAYMENT, payment=2)
    assert again.screen() is S.OUTCOME
    assert again.view.message == "The server has no such payment."
    again.press(ButtonId.DONE)
    assert again.view.message == "Nobody answered in time."


def test_what_is_held_is_asked_for_after_a_restart_without_taking_the_screen() -> None:
    held = Counter(Role.PAYER).start().ask().hear(P.HELD, 3).entry
    again = Counter(Role.PAYER).start(held)
    assert again.screen() is S.IDLE
    assert len(again.sent(PaymentQuery)) == 1
    assert Announce(modalities=(Modality.FACE, Modality.FINGERPRINT)) in again.commands
