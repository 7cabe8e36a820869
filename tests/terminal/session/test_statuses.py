"""The server's word on payments: in the order of revisions, the last word kept, never one of our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from server_mqtt.contract.messages import PaymentQuery, PaymentState, ReplyStatus, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.commands import Ignored
from terminal.session.limits import BOOK_MAX, QUERY_EVERY_MS
from tests.terminal.session.counter import HOLD, IMPOSTOR, VERIFIED, Counter, first, ident, release, second

P = PaymentState
S = ScreenName


def payer() -> Counter:
    return Counter(Role.PAYER).start().ask()


def payee() -> Counter:
    return Counter(Role.PAYEE).start()


def why(counter: Counter) -> list[str]:
    return [one.why for one in counter.last if isinstance(one, Ignored)]


IGNORED: dict[str, tuple[Callable[[], Counter], Callable[[Counter], Counter], str]] = {
    "of a payment nobody asked for here": (
        payer,
        lambda c: c.hear(P.SETTLED, 1, payment_id=ident(9)),
        "unknown_payment",
    ),
    "for another account": (payee, lambda c: c.hear(P.HELD, 1, payee_account="20009999"), "other_account"),
    "in a currency nobody knows": (payee, lambda c: c.hear(P.HELD, 1, currency="XXQ"), "unknown_currency"),
    "an older revision": (lambda: payer().hear(P.AWAITING_PAYER, 2), lambda c: c.hear(P.AWAITING_PAYEE, 1), "old_news"),
    "another end after the end": (lambda: payer().hear(P.DECLINED, 3), lambda c: c.hear(P.SETTLED, 9), "old_news"),
    "back from the end": (lambda: payer().hear(P.SETTLED, 3), lambda c: c.hear(P.HELD, 4), "old_news"),
}


@pytest.mark.fault(16)
@pytest.mark.parametrize("name", IGNORED)
def test_a_status_changes_nothing(name: str) -> None:
    make, say, reason = IGNORED[name]
    counter = make()
    before = counter.state
    say(counter)
    assert why(counter) == [reason]
    assert counter.state == before


def test_a_status_for_the_other_role_changes_nothing() -> None:
    counter = payee()
    before = counter.state
    counter.role = Role.PAYER
    counter.hear(P.HELD, 3)
    assert why(counter) == ["other_role"]
    assert counter.state == before


def test_the_same_word_again_is_no_contradiction() -> None:
    counter = payer().hear(P.SETTLED, 3).hear(P.SETTLED, 3)
    assert why(counter) == []
    assert counter.screen() is S.OUTCOME


@pytest.mark.parametrize("state", [P.DECLINED, P.SETTLED, P.REFUNDED])
def test_a_payee_is_not_bothered_with_payments_that_never_reached_this_terminal(state: PaymentState) -> None:
    assert payee().hear(state, 3).screen() is S.IDLE


@pytest.mark.parametrize("state", [P.HELD, P.RELEASED])
def test_a_payee_is_told_of_money_that_waits_or_came(state: PaymentState) -> None:
    assert payee().hear(state, 3).screen() is S.OUTCOME


def test_news_wait_until_the_screen_is_free() -> None:
    counter = payee().hear(P.HELD, 3, payment_id=ident(2)).press(ButtonId.DONE).instruct(first(1))
    counter.hear(P.RELEASED, 4, payment_id=ident(2))
    assert counter.screen() is S.PAYEE_CAPTURE
    counter.captured(1).hear(P.SETTLED, 3)
    assert counter.view.title == "You are paid"
    counter.press(ButtonId.DONE)
    assert counter.view.title == "Paid out"
    assert counter.press(ButtonId.DONE).screen() is S.IDLE


def test_news_of_a_payment_that_was_forgotten_are_not_shown() -> None:
    counter = payee().instruct(first(1)).captured(1)
    for number in range(2, BOOK_MAX + 10):
        counter.hear(P.RELEASED, 4, payment_id=ident(number))
    assert len(counter.state.book) == BOOK_MAX
    counter.hear(P.SETTLED, 3)
    shown = 0
    while counter.screen() is S.OUTCOME:
        assert counter.view.title in {"You are paid", "Paid out"}
        counter.press(ButtonId.DONE)
        shown += 1
    assert counter.screen() is S.IDLE
    assert shown <= BOOK_MAX


def test_a_release_that_failed_leaves_the_money_held() -> None:
    counter = payee().hear(P.HELD, 3).instruct(release(7)).captured(7).hear(P.HELD, 4)
    assert counter.view.title == "Held, not paid yet"


# --- replies ---


def test_an_answer_that_does_not_count_is_said_and_no_more() -> None:
    counter = payee().instruct(first(1)).captured(1).reply("payee_capture", ReplyStatus.REFUSED, Reason.TOO_LATE)
    assert counter.screen() is S.FIRST_VERIFICATION
    assert "The answer came too late." in counter.view.message
    assert counter.hear(P.AWAITING_PAYER, 2, first_result=IMPOSTOR).screen() is S.FIRST_RESULT


@pytest.mark.parametrize("kind", ["payment_query", "payer_stop", "payer_request"])
def test_a_refused_question_is_no_refused_answer(kind: str) -> None:
    counter = payer().instruct(second(1)).press(ButtonId.CONSENT).captured(1).hear(P.AWAITING_PAYER, 2)
    counter.reply(kind, ReplyStatus.REFUSED, Reason.NOT_NOW)
    assert why(counter) == ["not_now"]
    assert "could not be used" not in counter.view.message


@pytest.mark.fault(54)
def test_no_such_payment_means_that_nothing_of_it_goes_on_here() -> None:
    """A request that arrives after all, because it was under way, is stopped."""
    counter = Counter(Role.PAYER).start(*payer().state.book)
    counter.reply("payment_query", ReplyStatus.REFUSED, Reason.UNKNOWN_PAYMENT)
    assert counter.screen() is S.OUTCOME
    assert counter.view.detail == "No money has moved."
    counter.hear(P.AWAITING_PAYEE, 1).instruct(second(1))
    assert counter.screen() is not S.SECOND_INSTRUCTION
    assert why(counter) == ["stopped_here"]


@pytest.mark.fault(54)
def test_a_request_the_server_acted_on_was_not_refused() -> None:
    """Whatever a late reply to it says: an answer is under way, so nobody here knows that nothing moved."""
    counter = payer().instruct(second(1)).press(ButtonId.CONSENT).captured(1)
    counter.reply("payer_request", ReplyStatus.REFUSED, Reason.NOT_NOW)
    assert counter.screen() is S.SECOND_VERIFICATION


@pytest.mark.fault(54)
def test_a_payment_the_server_spoke_of_does_not_vanish() -> None:
    counter = Counter(Role.PAYER).start(*payer().hear(P.AWAITING_PAYEE, 1).state.book)
    counter.reply("payment_query", ReplyStatus.REFUSED, Reason.UNKNOWN_PAYMENT)
    assert counter.screen() is S.CHECKING


def test_a_busy_server_is_named_and_left_in_peace() -> None:
    counter = payer().reply("payer_request", ReplyStatus.BUSY, Reason.BUSY)
    assert "busy" in counter.view.detail
    counter.wait(QUERY_EVERY_MS)
    assert counter.sent(PaymentQuery) == []


def test_replies_about_other_payments_do_not_move_the_screen() -> None:
    counter = payer()
    view = counter.view
    for reply in ReplyStatus:
        counter.reply("payer_request", reply, Reason.BUSY, payment=9)
    assert counter.view == view


def test_the_first_result_is_told_to_the_payee() -> None:
    counter = payee().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2, first_result=VERIFIED)
    assert counter.view.title == "You are verified"
    assert "Not paid yet" in counter.view.detail


@pytest.mark.parametrize("make", [payer, payee])
def test_that_a_hold_ends_soon_is_news_once(make: Callable[[], Counter]) -> None:
    counter = make().hear(P.HELD, 3)
    counter.press(ButtonId.DONE)
    assert counter.screen() == S.IDLE
    soon = replace(HOLD, expires_soon=True)
    counter.hear(P.HELD, 4, hold=soon)
    assert counter.screen() == S.OUTCOME
    counter.press(ButtonId.DONE)
    counter.hear(P.HELD, 5, hold=soon)
    assert counter.screen() == S.IDLE
