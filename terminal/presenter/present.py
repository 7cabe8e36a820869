"""From the session to the one screen it means, in the language it is set to. Pure, total over every step.

A problem of the terminal takes the screen of steps in which nothing was sent yet; all others keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from terminal.presenter.before_payment import amount_entry, idle, out_of_service, payee_entry, review, starting
from terminal.presenter.buttons import language_button
from terminal.presenter.capture import capturing
from terminal.presenter.checking import checking
from terminal.presenter.consent import consenting
from terminal.presenter.outcome import outcome
from terminal.presenter.scene import Scene
from terminal.presenter.status_line import status_line
from terminal.presenter.view import ScreenName, View
from terminal.presenter.waiting import awaiting_payee, awaiting_payer, requesting, verifying
from terminal.session import health
from terminal.session.state import (
    AmountEntry,
    AwaitingPayee,
    AwaitingPayer,
    Capturing,
    Checking,
    Consenting,
    Idle,
    Outcome,
    PayeeEntry,
    Requesting,
    Review,
    SessionState,
    Starting,
    Step,
    Verifying,
)
from terminal.texts.catalogue import texts_in

SHOWN: Final[dict[type[Step], Callable[[Scene, Any], View]]] = {
    Starting: starting,
    Idle: idle,
    PayeeEntry: payee_entry,
    AmountEntry: amount_entry,
    Review: review,
    Requesting: requesting,
    AwaitingPayee: awaiting_payee,
    Consenting: consenting,
    Capturing: capturing,
    Verifying: verifying,
    AwaitingPayer: awaiting_payer,
    Outcome: outcome,
    Checking: checking,
}
"""The screen of each step; every step stands here (tested)."""

WITH_STATUS_LINE: Final = frozenset(
    {
        ScreenName.STARTING,
        ScreenName.OUT_OF_SERVICE,
        ScreenName.IDLE,
        ScreenName.PAYER_REQUEST,
        ScreenName.FIRST_INSTRUCTION,
        ScreenName.FIRST_VERIFICATION,
        ScreenName.FIRST_RESULT,
        ScreenName.SECOND_VERIFICATION,
        ScreenName.CHECKING,
    }
)
"""Screens of rest and of waiting, where one asks oneself whether the terminal still does anything."""


def present(state: SessionState, now_ms: int) -> View:
    """The screen at `now_ms` of the monotonic clock that the session's events carry."""
    scene = Scene(state=state, now_ms=now_ms, texts=texts_in(state.language))
    problem = health.out_of_service(state, now_ms)
    view = SHOWN[type(state.step)](scene, state.step) if problem is None else out_of_service(scene, problem)
    return replace(
        view,
        buttons=(*view.buttons, language_button(scene.texts)),
        status_line=status_line(scene) if view.screen in WITH_STATUS_LINE else "",
        language=state.language.value,
    )
