"""Which instructions count at a terminal: stale, replayed, foreign and altered ones change nothing that matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server_mqtt.contract.messages import (
    FirstInstruction,
    PayeeCapture,
    PayerCapture,
    PayerStop,
    PaymentState,
    Role,
)
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, Pressed, ScreenName
from terminal.session.commands import Ignored, StartCapture
from terminal.session.events import LinkChanged, ModelsLoaded, Restored, SensorsFound, Touched
from terminal.session.limits import CONSENT_SETTLE_MS, LEAVE_AFTER_MS, OUTCOME_SHOWN_MS, WAITING_MAX
from terminal.session.state import AnyInstruction, Consenting
from tests.terminal.session.counter import (
    BOTH,
    HOLD,
    IMPOSTOR,
    PRESET_MS,
    VERIFIED,
    Counter,
    first,
    ident,
    release,
    second,
)

P = PaymentState
S = ScreenName


def payee() -> Counter:
    return Counter(Role.PAYEE).start()


def payer() -> Counter:
    return Counter(Role.PAYER).start().ask()


def why(counter: Counter) -> list[str]:
    return [one.why for one in counter.last if isinstance(one, Ignored)]


REFUSED: dict[str, tuple[Callable[[], Counter], AnyInstruction, str]] = {
    "for the other role, at a payer's": (payer, first(1), "other_role"),
    "for the other role, at a payee's": (payee, second(1), "other_role"),
    "for another account": (payee, first(1, payee_account="20009999"), "other_account"),
    "of a payment nobody asked for here": (payer, second(1, payment_id=ident(9)), "unknown_payment"),
    "in a currency nobody knows": (payee, first(1, currency="XXQ"), "unknown_currency"),
    "whose time is over": (payee, first(1, preset_time_ms=0), "expired"),
    "of a payment that is over": (lambda: payer().hear(P.DECLINED, 3), second(1), "payment_over"),
    "the same again": (lambda: payee().instruct(first(1)), first(1), "seen"),
    "an older attempt during a newer one": (lambda: payee().instruct(first(2)), first(1), "older_attempt"),
    "the same again, after it was answered": (
        lambda: payee().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2, first_result=VERIFIED),
        first(1),
        "seen",
    ),
    "an older attempt after the answer": (
        lambda: payee().instruct(first(2)).captured(2).hear(P.AWAITING_PAYER, 2, first_result=VERIFIED),
        first(1),
        "older_attempt",
    ),
    "a first one when the payer already decides": (
        lambda: payee().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2, first_result=IMPOSTOR),
        first(2),
        "past_that",
    ),
    "a first one when the money is held": (lambda: payee().hear(P.HELD, 3), first(1), "past_that"),
    "a second one when the money is held": (lambda: payer().hear(P.HELD, 3), second(1), "past_that"),
    "an older release during a newer one": (
        lambda: payee().hear(P.HELD, 3).instruct(release(7)).instruct(release(8)),
        release(7),
        "seen",
    ),
    "a release that was answered, from rest": (
        lambda: payee().hear(P.HELD, 3).instruct(release(7)).captured(7).hear(P.HELD, 3).wait(OUTCOME_SHOWN_MS),
        release(7),
        "seen",
    ),
    "a payment's own one during its release": (
        lambda: payee().instruct(release(7)),
        first(1),
        "older_attempt",
    ),
    "the same again while it waits its turn": (
        lambda: payee().instruct(first(1)).instruct(first(1, payment_id=ident(2), instruction_id=ident(102))),
        first(1, payment_id=ident(2), instruction_id=ident(102)),
        "seen",
    ),
}


@pytest.mark.fault(16)
@pytest.mark.fault(62)
@pytest.mark.parametrize("name", REFUSED)
def test_an_instruction_changes_nothing(name: str) -> None:
    make, instruction, reason = REFUSED[name]
    counter = make()
    before = counter.state
    counter.instruct(instruction)
    assert why(counter) == [reason]
    assert counter.state == before
    assert len(counter.last) == 1


@pytest.mark.fault(16)
@pytest.mark.fault(62)
@pytest.mark.parametrize("restarted", [False, True])
def test_a_payment_that_is_over_stays_over_whatever_is_replayed(restarted: bool) -> None:
    counter = payee().instruct(first(1)).captured(1).hear(P.SETTLED, 3)
    if restarted:
        counter = Counter(Role.PAYEE).start(*counter.state.book)
    view = counter.view
    for replayed in (first(1), first(3), release(7)):
        counter.instruct(replayed)
    assert counter.view == view
    assert counter.entry.status is not None
    assert counter.entry.status.state is P.SETTLED


def test_an_attempt_that_a_restart_ended_can_be_asked_for_again() -> None:
    """The server's nonce decides whether an answer still counts."""
    book = payee().instruct(first(1)).state.book
    again = Counter(Role.PAYEE).start(*book).instruct(first(1))
    assert again.screen() is S.PAYEE_CAPTURE


def test_an_answer_is_not_given_again_after_a_restart() -> None:
    counter = Counter(Role.PAYEE).start(*payee().instruct(first(1)).captured(1).state.book).instruct(first(1))
    assert why(counter) == ["seen"]
    assert counter.screen() is S.CHECKING


# --- stopped here ---


def test_a_payer_who_stopped_says_so_again_when_the_server_still_asks() -> None:
    counter = payer().press(ButtonId.STOP)
    assert len(counter.sent(PayerStop)) == 1
    counter.instruct(second(1))
    assert why(counter) == ["stopped_here"]
    assert counter.screen() is S.CHECKING
    assert len(counter.sent(PayerStop)) == 2


def test_a_payee_who_refused_is_not_asked_again() -> None:
    counter = payee().instruct(first(1)).press(ButtonId.REFUSE).instruct(first(2))
    assert why(counter) == ["stopped_here"]
    assert counter.screen() is S.CHECKING


def test_a_payee_who_refused_can_still_fetch_money_that_is_held() -> None:
    counter = payee().instruct(first(1)).press(ButtonId.REFUSE).hear(P.HELD, 3).instruct(release(7))
    assert counter.screen() is S.PAYEE_CAPTURE


# --- other terms than were asked for ---


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    "changed",
    [{"amount_minor": 125_000}, {"amount_minor": 1249}, {"currency": "JPY"}, {"payee_account": "20009999"}],
)
def test_other_terms_than_were_asked_for_are_stopped(changed: dict[str, Any]) -> None:
    counter = payer().instruct(second(1, **changed))
    assert why(counter) == ["terms_differ"]
    assert len(counter.sent(PayerStop)) == 1
    assert counter.screen() is S.CHECKING
    assert "another payee or amount" in counter.view.message
    counter.instruct(second(2))
    assert counter.screen() is S.CHECKING


@pytest.mark.fault(55)
def test_a_status_cannot_prepare_the_ground_for_other_terms() -> None:
    counter = payer().hear(P.AWAITING_PAYEE, 1, amount_minor=125_000).instruct(second(1, amount_minor=125_000))
    assert why(counter) == ["terms_differ"]
    assert counter.view.amount == "€12.50"


def left_open() -> Counter:
    """A payer's terminal at rest whose payment 1 is still open: it was restarted, and nobody waited for the check."""
    counter = Counter(Role.PAYER).start(*payer().state.book)
    return counter.wait(LEAVE_AFTER_MS).press(ButtonId.DONE)


def test_other_terms_of_one_payment_do_not_interrupt_another() -> None:
    counter = left_open()
    counter.press(ButtonId.NEW_PAYMENT).key("20008888").press(ButtonId.NEXT).key("7").press(ButtonId.NEXT)
    view = counter.view
    assert view.screen is S.REVIEW
    counter.instruct(second(1, amount_minor=125_000))
    assert why(counter) == ["terms_differ"]
    assert counter.view == view
    assert [stop.payment_id for stop in counter.sent(PayerStop)] == [ident(1)]


# --- waiting for their turn ---


def other(number: int, payment: int = 2) -> FirstInstruction:
    return first(1, payment_id=ident(payment), instruction_id=ident(200 + number), payer_name="Bo")


def test_a_second_customers_payment_waits_for_the_first_ones_capture() -> None:
    counter = payee().instruct(first(1)).instruct(other(1))
    assert counter.view.rows[0].value == "Ada Price"
    counter.captured(1).hear(P.SETTLED, 3).press(ButtonId.DONE)
    assert counter.screen() is S.PAYEE_CAPTURE
    assert counter.view.rows[0].value == "Bo"
    assert counter.view.countdown is not None
    assert counter.view.countdown.ends_at_ms < counter.now_ms + PRESET_MS


def test_what_waits_and_is_over_meanwhile_is_not_begun() -> None:
    counter = payee().instruct(first(1)).instruct(other(1))
    counter.hear(P.DECLINED, 2, reason=Reason.PAYER_STOPPED, payment_id=ident(2))
    counter.captured(1).hear(P.SETTLED, 3).press(ButtonId.DONE)
    assert counter.screen() is S.OUTCOME
    assert counter.view.message == "The payer stopped the payment."
    assert len([one for one in counter.commands if isinstance(one, StartCapture)]) == 1


def test_what_waits_and_expires_is_not_begun() -> None:
    counter = payee().instruct(first(1)).instruct(other(1)).captured(1)
    counter.wait(PRESET_MS).hear(P.SETTLED, 3).press(ButtonId.DONE)
    assert counter.screen() is S.IDLE


def test_only_so_many_wait() -> None:
    counter = payee().instruct(first(1))
    for number in range(WAITING_MAX + 3):
        counter.instruct(other(number, payment=10 + number))
    assert len(counter.state.waiting) == WAITING_MAX


def test_what_waited_while_a_payment_was_keyed_in_has_its_turn_when_that_is_given_up() -> None:
    counter = left_open().press(ButtonId.NEW_PAYMENT).instruct(second(1))
    assert counter.screen() is S.PAYEE_ENTRY
    counter.press(ButtonId.BACK)
    assert counter.screen() is S.SECOND_INSTRUCTION


def test_news_that_came_while_a_payment_was_keyed_in_are_shown_when_that_is_given_up() -> None:
    counter = left_open().press(ButtonId.NEW_PAYMENT).hear(P.DECLINED, 3, reason=Reason.TIMED_OUT)
    assert counter.screen() is S.PAYEE_ENTRY
    counter.press(ButtonId.BACK)
    assert counter.screen() is S.OUTCOME


@pytest.mark.parametrize("role", list(Role))
def test_an_instruction_that_came_during_the_start_is_begun_after_it(role: Role) -> None:
    book = payer().state.book if role is Role.PAYER else ()
    counter = Counter(role).feed(LinkChanged(online=True), Restored(payments=book, recents=()))
    counter.instruct(second(1) if role is Role.PAYER else first(1))
    assert counter.screen() is S.STARTING
    counter.feed(SensorsFound(working=BOTH), ModelsLoaded())
    assert counter.screen() is (S.SECOND_INSTRUCTION if role is Role.PAYER else S.PAYEE_CAPTURE)


# --- agreeing ---


@pytest.mark.fault(55)
def test_a_touch_meant_for_the_screen_before_agrees_to_nothing() -> None:
    """A finger that comes down as the instruction changes has not seen the new one."""
    counter = payer().instruct(second(1, VERIFIED))
    counter.instruct(second(2, IMPOSTOR, HOLD))
    counter.now_ms += CONSENT_SETTLE_MS - 1
    counter.feed(Touched(touch=Pressed(button=ButtonId.CONSENT), fresh_id=ident(50)))
    assert isinstance(counter.step(), Consenting)
    assert not any(isinstance(one, StartCapture) for one in counter.commands)
    counter.press(ButtonId.CONSENT).captured(2)
    (answer,) = counter.sent(PayerCapture)
    assert answer.consent.held


def test_a_touch_after_that_agrees() -> None:
    counter = payer().instruct(second(1)).press(ButtonId.CONSENT)
    assert counter.screen() is S.PAYER_CAPTURE


def test_no_instruction_is_answered_twice() -> None:
    counter = payee().instruct(first(1)).captured(1).captured(1)
    assert len(counter.sent(PayeeCapture)) == 1
    assert why(counter) == ["nobody_waits"]


def test_second_instructions_are_the_payers_alone() -> None:
    counter = payee().instruct(first(1)).instruct(second(2))
    assert why(counter) == ["other_role"]
    assert counter.screen() is S.PAYEE_CAPTURE
