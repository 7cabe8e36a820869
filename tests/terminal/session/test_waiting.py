"""What comes while the terminal is busy waits for its turn, and has it if it still means something then."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import (
    FirstInstruction,
    PaymentState,
    Role,
)
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.commands import StartCapture
from terminal.session.events import LinkChanged, ModelsLoaded, Restored, SensorsFound
from terminal.session.limits import WAITING_MAX
from tests.terminal.session.counter import (
    BOTH,
    PRESET_MS,
    Counter,
    first,
    ident,
    left_open,
    second,
)

P = PaymentState
S = ScreenName


def payee() -> Counter:
    return Counter(Role.PAYEE).start()


def payer() -> Counter:
    return Counter(Role.PAYER).start().ask()


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
