"""Whole payments as lists of what happens and which screen it leads to."""

from __future__ import annotations

from collections.abc import Callable
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
from terminal.session.events import LinkChanged, SensorsFound, StorageChanged
from terminal.session.limits import CAPTURE_GRACE_MS, LEAVE_AFTER_MS, OFFLINE_AFTER_MS, OUTCOME_SHOWN_MS, SLOW_AFTER_MS
from tests.terminal.session.counter import (
    BAKERY,
    HOLD,
    IMPOSTOR,
    NOBODY,
    PAYEE_ACCOUNT,
    PAYER_ACCOUNT,
    PRESET_MS,
    VERIFIED,
    Counter,
    first,
    ident,
    release,
    second,
)

S = ScreenName
P = PaymentState
Act = Callable[[Counter], Counter]
Journey = list[tuple[Act, ScreenName]]

TO_THE_REQUEST: Journey = [
    (lambda c: c.start(), S.IDLE),
    (lambda c: c.press(ButtonId.NEW_PAYMENT), S.PAYEE_ENTRY),
    (lambda c: c.key(PAYEE_ACCOUNT).press(ButtonId.NEXT), S.AMOUNT_ENTRY),
    (lambda c: c.key("12.50").press(ButtonId.NEXT), S.REVIEW),
    (lambda c: c.press(ButtonId.PAY), S.PAYER_REQUEST),
    (lambda c: c.reply("payer_request", ReplyStatus.ACCEPTED), S.FIRST_INSTRUCTION),
    (lambda c: c.hear(P.AWAITING_PAYEE, 1), S.FIRST_INSTRUCTION),
]
TO_THE_CONSENT: Journey = [
    *TO_THE_REQUEST,
    (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=VERIFIED), S.FIRST_INSTRUCTION),
    (lambda c: c.instruct(second(1)), S.SECOND_INSTRUCTION),
]
PAYEE_ASKED: Journey = [
    (lambda c: c.start(), S.IDLE),
    (lambda c: c.instruct(first(1)), S.PAYEE_CAPTURE),
]

JOURNEYS: dict[str, tuple[Role, Journey]] = {
    "settled, the payer's side": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.reply("payer_capture", ReplyStatus.ACCEPTED), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.SETTLED, 3), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
        ],
    ),
    "settled, the payee's side": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.captured(1), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=VERIFIED), S.FIRST_RESULT),
            (lambda c: c.hear(P.SETTLED, 3), S.OUTCOME),
            (lambda c: c.wait(OUTCOME_SHOWN_MS), S.IDLE),
        ],
    ),
    "held then released, the payer's side": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.instruct(second(1, IMPOSTOR, HOLD)), S.SECOND_INSTRUCTION),
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.hear(P.RELEASED, 4), S.OUTCOME),
        ],
    ),
    "held then released, the payee's side": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.captured(1), S.FIRST_VERIFICATION),
            (lambda c: c.instruct(first(2, previous_reason=Reason.NOT_RECOGNISED)), S.PAYEE_CAPTURE),
            (lambda c: c.captured(2), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=IMPOSTOR), S.FIRST_RESULT),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.instruct(release(7)), S.PAYEE_CAPTURE),
            (lambda c: c.hear(P.HELD, 3), S.PAYEE_CAPTURE),
            (lambda c: c.captured(7), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.RELEASED, 4), S.OUTCOME),
        ],
    ),
    "held, the payee leaves it for later": (
        Role.PAYEE,
        [
            (lambda c: c.start(), S.IDLE),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.instruct(release(7)), S.PAYEE_CAPTURE),
            (lambda c: c.press(ButtonId.REFUSE), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.instruct(release(8)), S.PAYEE_CAPTURE),
        ],
    ),
    "refunded": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.wait(OUTCOME_SHOWN_MS), S.IDLE),
            (lambda c: c.hear(P.REFUNDED, 4, reason=Reason.HOLD_EXPIRED), S.OUTCOME),
        ],
    ),
    "declined after the payer failed": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.instruct(second(2, previous_reason=Reason.NOT_RECOGNISED)), S.PAYER_CAPTURE),
            (lambda c: c.captured(2, CaptureOutcome.LIVENESS_FAILED), S.SECOND_VERIFICATION),
            (lambda c: c.instruct(second(3, previous_reason=Reason.LIVENESS_FAILED)), S.PAYER_CAPTURE),
            (lambda c: c.captured(3), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_NOT_VERIFIED), S.OUTCOME),
        ],
    ),
    "the first result changes between two attempts: the payer reads it again": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.instruct(second(2, VERIFIED, HOLD)), S.SECOND_INSTRUCTION),
        ],
    ),
    "no answer: the payee's time is over and the payer stops": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.wait(PRESET_MS), S.FIRST_INSTRUCTION),
            (lambda c: c.instruct(second(1, NOBODY, HOLD)), S.SECOND_INSTRUCTION),
            (lambda c: c.press(ButtonId.STOP), S.CHECKING),
            (lambda c: c.hear(P.AWAITING_PAYER, 2), S.CHECKING),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_STOPPED), S.OUTCOME),
        ],
    ),
    "no answer: the payee's side": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.wait(PRESET_MS), S.PAYEE_CAPTURE),
            (lambda c: c.wait(CAPTURE_GRACE_MS), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=NOBODY), S.FIRST_RESULT),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_STOPPED), S.OUTCOME),
        ],
    ),
    "the payer does not decide in time": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.wait(PRESET_MS), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.TIMED_OUT), S.OUTCOME),
        ],
    ),
    "the payee refuses": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.press(ButtonId.REFUSE), S.CHECKING),
            (lambda c: c.hear(P.DECLINED, 2, reason=Reason.PAYEE_REFUSED), S.OUTCOME),
        ],
    ),
    "unknown payee": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.hear(P.DECLINED, 1, reason=Reason.UNKNOWN_PAYEE, payee_name=""), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
        ],
    ),
    "the server is busy, then takes it": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.reply("payer_request", ReplyStatus.BUSY, Reason.BUSY), S.PAYER_REQUEST),
            (lambda c: c.reply("payer_request", ReplyStatus.ACCEPTED), S.FIRST_INSTRUCTION),
        ],
    ),
    "the server refuses the request": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.reply("payer_request", ReplyStatus.REFUSED, Reason.ID_REUSED), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
        ],
    ),
    "the reply is lost, the instruction comes": (
        Role.PAYER,
        [*TO_THE_REQUEST[:5], (lambda c: c.instruct(second(1)), S.SECOND_INSTRUCTION)],
    ),
    "a second instruction with another amount is stopped": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.instruct(second(1, amount_minor=125_000)), S.CHECKING),
            (lambda c: c.instruct(second(2)), S.CHECKING),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_STOPPED), S.OUTCOME),
        ],
    ),
    "the disk does not keep the request": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.feed(StorageChanged(works=False, unsent=ident(1))), S.OUT_OF_SERVICE),
            (lambda c: c.feed(StorageChanged(works=True)), S.IDLE),
        ],
    ),
    "the link is lost while nothing goes on": (
        Role.PAYEE,
        [
            (lambda c: c.start(), S.IDLE),
            (lambda c: c.feed(LinkChanged(online=False)), S.IDLE),
            (lambda c: c.wait(OFFLINE_AFTER_MS), S.OUT_OF_SERVICE),
            (lambda c: c.feed(LinkChanged(online=True)), S.IDLE),
        ],
    ),
    "the link is lost during a payment": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.feed(LinkChanged(online=False)).wait(OFFLINE_AFTER_MS), S.FIRST_INSTRUCTION),
            (lambda c: c.feed(LinkChanged(online=True)), S.FIRST_INSTRUCTION),
            (lambda c: c.instruct(second(1)), S.SECOND_INSTRUCTION),
        ],
    ),
    "no sensor works": (
        Role.PAYER,
        [
            (lambda c: c.start(), S.IDLE),
            (lambda c: c.feed(SensorsFound(working=frozenset())), S.OUT_OF_SERVICE),
            (lambda c: c.feed(SensorsFound(working=frozenset({Modality.FINGERPRINT}))), S.IDLE),
        ],
    ),
    "a check that takes long is left; its outcome is shown when it is known": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.wait(LEAVE_AFTER_MS), S.SECOND_VERIFICATION),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.hear(P.SETTLED, 3), S.OUTCOME),
        ],
    ),
}


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(name: str) -> None:
    role, journey = JOURNEYS[name]
    counter = Counter(role)
    for number, (act, screen) in enumerate(journey, start=1):
        act(counter)
        assert counter.screen() is screen, f"after act {number} of {name}"


def walk(role: Role, journey: Journey) -> Counter:
    counter = Counter(role)
    for act, _ in journey:
        act(counter)
    return counter


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
