"""Which instructions count at a terminal: stale, replayed, foreign and altered ones change nothing that matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server_mqtt.contract.messages import (
    PayeeCapture,
    PayerCapture,
    PayerStop,
    PaymentState,
    Role,
)
from terminal.presenter.view import ButtonId, Pressed, ScreenName
from terminal.session.commands import Ignored, StartCapture
from terminal.session.events import Touched
from terminal.session.limits import CONSENT_SETTLE_MS, OUTCOME_SHOWN_MS
from terminal.session.state import AnyInstruction, Consenting
from tests.terminal.session.counter import (
    HOLD,
    IMPOSTOR,
    VERIFIED,
    Counter,
    first,
    ident,
    left_open,
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


def test_other_terms_of_one_payment_do_not_interrupt_another() -> None:
    counter = left_open()
    counter.press(ButtonId.NEW_PAYMENT).key("20008888").press(ButtonId.NEXT).key("7").press(ButtonId.NEXT)
    view = counter.view
    assert view.screen is S.REVIEW
    counter.instruct(second(1, amount_minor=125_000))
    assert why(counter) == ["terms_differ"]
    assert counter.view == view
    assert [stop.payment_id for stop in counter.sent(PayerStop)] == [ident(1)]


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
