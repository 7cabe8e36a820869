"""Every screen, in both languages: what it says, what it offers, and what it never claims."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server_mqtt.contract.messages import CaptureOutcome, FirstResult, Modality, PaymentState, ReplyStatus, Role
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.buttons import KINDS, WORDS
from terminal.presenter.present import SHOWN, WITH_STATUS_LINE, present
from terminal.presenter.view import ButtonId, ScreenName, Tone
from terminal.session.events import LinkChanged, ModelsFailed, SensorsFound
from terminal.session.limits import LEAVE_AFTER_MS, SLOW_AFTER_MS
from terminal.session.state import STEPS, Entry
from terminal.texts.languages import Language
from tests.terminal.session.counter import (
    ADA,
    BAKERY,
    HOLD,
    IMPOSTOR,
    NOBODY,
    PRESET_MS,
    VERIFIED,
    Counter,
    first,
    ident,
    second,
    settings,
)
from tests.terminal.session.samples import STEP_SAMPLES
from tests.terminal.session.watcher import strings_of

P = PaymentState
S = ScreenName


def payer() -> Counter:
    return Counter(Role.PAYER).start()


def payee() -> Counter:
    return Counter(Role.PAYEE).start()


def verifying(outcome: CaptureOutcome | None = CaptureOutcome.CAPTURED) -> Counter:
    return payer().ask().instruct(second(1)).press(ButtonId.CONSENT).captured(1, outcome)


def test_every_step_has_its_screen() -> None:
    assert set(SHOWN) == set(STEPS)


@pytest.mark.parametrize("step", STEP_SAMPLES)
def test_a_screen_is_whole_in_both_languages(step: str) -> None:
    counter = STEP_SAMPLES[step]()
    english, chinese = (present(replace(counter.state, language=language), counter.now_ms) for language in Language)
    assert english.language == "en"
    assert chinese.language == "zh_Hans"
    assert english.title != chinese.title
    assert [button.id for button in english.buttons] == [button.id for button in chinese.buttons]
    assert (english.screen, english.tone) == (chinese.screen, chinese.tone)
    assert english.buttons[-1].id is ButtonId.LANGUAGE
    assert (english.buttons[-1].text, chinese.buttons[-1].text) == ("简体中文", "English")
    assert not any("{" in text or "}" in text for view in (english, chinese) for text in strings_of(view))


@pytest.mark.parametrize("step", STEP_SAMPLES)
def test_the_language_button_changes_the_language_and_nothing_else(step: str) -> None:
    counter = STEP_SAMPLES[step]()
    before = counter.view
    counter.press(ButtonId.LANGUAGE)
    assert counter.view.language == "zh_Hans"
    counter.press(ButtonId.LANGUAGE)
    counter.now_ms -= 1_000
    assert counter.view == before


def test_every_button_has_words() -> None:
    assert set(WORDS) == set(ButtonId) - {ButtonId.LANGUAGE, ButtonId.RETRY}
    assert set(KINDS) <= set(ButtonId)


# --- rest ---


def test_a_payers_terminal_at_rest() -> None:
    view = payer().view
    assert (view.title, view.message) == ("Ready to pay", "Pay somebody who proves who they are.")
    assert [row.value for row in view.rows] == ["****2288"]
    assert [button.id for button in view.buttons] == [ButtonId.NEW_PAYMENT, ButtonId.LANGUAGE]


def test_a_payees_terminal_at_rest() -> None:
    view = payee().view
    assert (view.title, view.message) == ("Ready", "Waiting for a payment.")
    assert [row.value for row in view.rows] == ["****4471"]
    assert [button.id for button in view.buttons] == [ButtonId.LANGUAGE]


# --- the status line ---


@pytest.mark.parametrize(
    ("working", "online", "line"),
    [
        ({Modality.FACE, Modality.FINGERPRINT}, True, "Connected · camera ready · fingerprint reader ready"),
        ({Modality.FACE}, True, "Connected · camera ready · no fingerprint reader"),
        ({Modality.FINGERPRINT}, False, "No connection, trying again · no camera · fingerprint reader ready"),
        (set(), True, "Connected · no camera · no fingerprint reader"),
    ],
)
def test_the_status_line(working: set[Modality], online: bool, line: str) -> None:
    counter = payer().feed(SensorsFound(working=frozenset(working)), LinkChanged(online=online))
    assert counter.view.status_line == line


def test_a_sensor_that_is_not_used_is_not_missed() -> None:
    counter = Counter(Role.PAYEE)
    counter.state = replace(counter.state, settings=settings(Role.PAYEE, order=(Modality.FINGERPRINT,)))
    assert counter.view.status_line == "No connection, trying again"
    assert counter.start().view.status_line == "Connected · fingerprint reader ready"


@pytest.mark.parametrize("step", STEP_SAMPLES)
def test_where_one_waits_one_sees_whether_the_terminal_works(step: str) -> None:
    view = STEP_SAMPLES[step]().view
    assert bool(view.status_line) == (view.screen in WITH_STATUS_LINE)


# --- on its way ---


@pytest.mark.fault(54)
def test_a_request_on_its_way() -> None:
    counter = payer().ask()
    assert (counter.view.message, counter.view.detail) == ("No money has moved.", "")
    assert [row.value for row in counter.view.rows] == ["Account ****4471"]
    counter.wait(SLOW_AFTER_MS)
    assert counter.view.detail.startswith("Not yet decided.")
    counter.reply("payer_request", ReplyStatus.BUSY, Reason.BUSY)
    assert counter.view.detail.startswith("The server is busy.")
    counter.feed(LinkChanged(online=False))
    assert counter.view.detail.startswith("No connection. Your request is kept")


def test_the_payee_is_being_verified() -> None:
    counter = payer().ask().hear(P.AWAITING_PAYEE, 1)
    view = counter.view
    assert view.detail == "No money has moved. You decide next."
    assert view.rows[0].value == BAKERY
    assert counter.feed(LinkChanged(online=False)).view.detail.startswith("No connection.")


@pytest.mark.parametrize(
    ("outcome", "title", "message"),
    [
        (CaptureOutcome.CAPTURED, "Checking that it is you", "This takes a moment."),
        (CaptureOutcome.NOT_CAPTURED, "That did not work", "The server decides what happens next."),
        (CaptureOutcome.LIVENESS_FAILED, "That did not work", "The server decides what happens next."),
        (CaptureOutcome.SENSOR_FAILED, "That did not work", "The camera or the fingerprint reader does not"),
        (None, "The time is over", "The server decides what happens next."),
    ],
)
@pytest.mark.fault(54)
def test_while_the_server_decides(outcome: CaptureOutcome | None, title: str, message: str) -> None:
    counter = verifying(outcome)
    view = counter.view
    assert (view.screen, view.tone, view.title) == (S.SECOND_VERIFICATION, Tone.WORKING, title)
    assert view.message.startswith(message)
    assert outcome is CaptureOutcome.CAPTURED or view.message.endswith("The server decides what happens next.")
    assert [button.id for button in view.buttons] == [ButtonId.LANGUAGE]
    counter.wait(SLOW_AFTER_MS)
    assert counter.view.detail == (
        "Not yet decided. This takes longer than usual. Please do not pay again before this is known."
    )
    counter.wait(LEAVE_AFTER_MS)
    assert counter.view.buttons[0].text == "Close"


@pytest.mark.fault(54)
def test_while_an_answer_is_under_way_nothing_is_claimed_about_the_money() -> None:
    counter = verifying()
    for change in (LinkChanged(online=False), ModelsFailed(), SensorsFound(working=frozenset())):
        counter.feed(change).wait(LEAVE_AFTER_MS)
        words = " ".join(strings_of(counter.view)).lower()
        assert not any(claim in words for claim in ("moved", "failed", "not paid", "declined", "paid."))


# --- the first result, at the payee's ---


@pytest.mark.parametrize(
    ("result", "tone", "title", "message"),
    [
        (VERIFIED, Tone.GOOD, "You are verified", "Waiting for the payer to agree."),
        (IMPOSTOR, Tone.WARNING, "You were not verified", "Not recognised. The payer decides whether to go on."),
        (NOBODY, Tone.WARNING, "You were not verified", "Nobody answered in time. The payer decides whether to go on."),
        (
            FirstResult(verdict=Verdict.COULD_NOT_BE_CHECKED, reason=Reason.NOT_ENROLLED),
            Tone.WARNING,
            "You could not be checked",
            "This person has not been enrolled yet. The payer decides",
        ),
        (FirstResult(verdict=Verdict.REFUSED), Tone.WARNING, "You were not verified", "The payer decides"),
        (None, Tone.WORKING, "Your part is done", "Waiting for the payer to agree."),
    ],
)
def test_the_first_result(result: FirstResult | None, tone: Tone, title: str, message: str) -> None:
    view = payee().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2, first_result=result).view
    assert (view.screen, view.tone, view.title) == (S.FIRST_RESULT, tone, title)
    assert view.message.startswith(message)
    assert view.detail == "Not paid yet: please do not hand anything over."
    assert view.rows[0].value == ADA


def test_a_verified_payee_who_will_have_to_wait_is_told_so() -> None:
    view = payee().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2, first_result=VERIFIED, hold=HOLD).view
    assert view.message == "Waiting for the payer to agree. If they do, the money is held for you at first."


# --- checking ---


@pytest.mark.fault(54)
@pytest.mark.parametrize(
    ("make", "tone", "words", "buttons"),
    [
        (
            lambda: payer().ask().press(ButtonId.STOP),
            Tone.WORKING,
            "You stopped. Waiting for the server to confirm.",
            [],
        ),
        (
            lambda: payee().instruct(first(1)).press(ButtonId.REFUSE),
            Tone.WORKING,
            "You refused. Waiting for the server to confirm.",
            [],
        ),
        (
            lambda: payer().ask().instruct(second(1, amount_minor=7)),
            Tone.WARNING,
            "The server named another payee or amount than yours. The payment was stopped here.",
            [],
        ),
        (
            lambda: Counter(Role.PAYER).start(*payer().ask().state.book),
            Tone.WORKING,
            "This terminal was restarted during a payment. It asks the server how it ended.",
            [ButtonId.STOP],
        ),
    ],
)
def test_what_is_not_known_is_being_checked(make: object, tone: Tone, words: str, buttons: list[ButtonId]) -> None:
    assert callable(make)
    counter: Counter = make()
    view = counter.view
    assert (view.screen, view.title, view.tone, view.message) == (S.CHECKING, "Checking how it ended", tone, words)
    assert view.detail == (
        "Please do not pay again before this is known."
        if counter.role is Role.PAYER
        else "Please do not hand anything over before this is known."
    )
    assert view.amount == "€12.50"
    assert view.rows[-1].value == "0000-0000"
    assert [button.id for button in view.buttons] == [*buttons, ButtonId.LANGUAGE]
    counter.wait(LEAVE_AFTER_MS)
    assert [button.id for button in counter.view.buttons] == [*buttons, ButtonId.DONE, ButtonId.LANGUAGE]
    assert counter.feed(LinkChanged(online=False)).view.detail.startswith("No connection.")


def test_several_payments_are_counted_not_shown() -> None:
    entries = [Entry(payment_id=ident(n), payee_account="2000", amount_minor=n, currency="EUR") for n in (1, 2, 3)]
    view = Counter(Role.PAYER).start(*entries).view
    assert view.message.endswith("3 payments are being checked.")
    assert (view.amount, view.rows) == ("", ())
    assert [button.id for button in view.buttons] == [ButtonId.LANGUAGE]


# --- the clock ---


def test_a_screen_changes_only_when_there_is_news() -> None:
    """Equal views are not drawn again: the countdown's end is fixed, its hand is the screen's business."""
    counter = payer().ask().instruct(second(1, IMPOSTOR, HOLD))
    view = counter.view
    for _ in range(PRESET_MS // 1_000 - 1):
        counter.now_ms += 1_000
        assert counter.view == view
