"""What can be felt presses what can be seen, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import Role
from terminal.presenter.board_buttons import BoardButton, pressed
from terminal.presenter.view import Button, ButtonId, ButtonKind, Pressed, ScreenName, View
from tests.terminal.session.counter import Counter, first, second

BUTTONS = st.builds(
    Button,
    id=st.sampled_from(list(ButtonId)),
    text=st.just("x"),
    kind=st.sampled_from(list(ButtonKind)),
    enabled=st.booleans(),
)


def test_consent_is_given_and_refused_by_the_buttons_of_the_board() -> None:
    payer = Counter(Role.PAYER).start().ask().instruct(second(1))
    assert payer.view.screen is ScreenName.SECOND_INSTRUCTION
    assert pressed(payer.view, BoardButton.PAY) == Pressed(button=ButtonId.CONSENT)
    assert pressed(payer.view, BoardButton.STOP) == Pressed(button=ButtonId.STOP)


def test_a_payee_refuses_by_the_stop_button() -> None:
    payee = Counter(Role.PAYEE).start().instruct(first(1))
    assert pressed(payee.view, BoardButton.STOP) == Pressed(button=ButtonId.REFUSE)
    assert pressed(payee.view, BoardButton.PAY) is None


def test_at_rest_pay_begins_and_stop_does_nothing() -> None:
    idle = Counter(Role.PAYER).start()
    assert pressed(idle.view, BoardButton.PAY) == Pressed(button=ButtonId.NEW_PAYMENT)
    assert pressed(idle.view, BoardButton.STOP) is None  # not the language, which stands there as well


@given(st.lists(BUTTONS, max_size=5), st.sampled_from(list(BoardButton)))
def test_only_what_is_shown_and_enabled_is_pressed(buttons: list[Button], which: BoardButton) -> None:
    view = View(screen=ScreenName.IDLE, title="x", buttons=tuple(buttons))
    touch = pressed(view, which)
    fitting = {
        button.id
        for button in buttons
        if button.enabled
        and button.id is not ButtonId.LANGUAGE
        and (button.kind is ButtonKind.PRIMARY) == (which is BoardButton.PAY)
    }
    assert (touch is None) == (not fitting)
    assert touch is None or touch.button in fitting


@pytest.mark.parametrize("which", list(BoardButton))
def test_a_screen_without_buttons_takes_no_press(which: BoardButton) -> None:
    assert pressed(View(screen=ScreenName.STARTING, title="x"), which) is None
