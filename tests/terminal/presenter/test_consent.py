"""The payer agrees to exactly what the screen says: payee, amount, who was found there, what becomes of the money."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.currencies import format_amount
from server_mqtt.contract.limits import ACCOUNT_PATTERN, MAX_AMOUNT_MINOR
from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    FirstResult,
    Hold,
    Modality,
    PayerCapture,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.consent import consenting, first_result, money
from terminal.presenter.scene import Scene
from terminal.presenter.view import ButtonId, Countdown, Tone, View
from terminal.session.flow import consent_to
from terminal.session.state import Consenting, SessionState
from terminal.texts.catalogue import texts_in
from terminal.texts.languages import Language
from terminal.texts.safe import masked, shown
from tests.terminal.session.counter import (
    BAKERY,
    DAY_MS,
    HOLD,
    IMPOSTOR,
    PAYEE_ACCOUNT,
    PRESET_MS,
    VERIFIED,
    Counter,
    second,
    settings,
)

pytestmark = pytest.mark.fault(55)

RISKY = Hold(reason=Reason.PAYEE_RISKY, expires_in_ms=3 * 3_600_000)
NOT_PAID = "If you agree, the money is held, not paid."
UNTIL_AGAIN = "They get it once they are verified again; otherwise it comes back to you in"
UNTIL = "They get it once they are verified; otherwise it comes back to you in"
CURRENCIES = ("EUR", "CNY", "JPY", "KWD", "USD", "CHF")


def screen(instruction: SecondInstruction, language: Language = Language.ENGLISH) -> View:
    state = SessionState(settings=settings(Role.PAYER), language=language)
    step = Consenting(instruction=instruction, received_at_ms=5_000, shown_at_ms=6_000)
    return consenting(Scene(state=state, now_ms=7_000, texts=texts_in(language)), step)


@pytest.mark.parametrize(
    ("result", "hold", "tone", "message", "detail"),
    [
        (
            VERIFIED,
            None,
            Tone.GOOD,
            "Corner Bakery is verified: their fingerprint was checked just now.",
            "The money moves as soon as you are verified.",
        ),
        (
            FirstResult(verdict=Verdict.VERIFIED, modality=Modality.FACE),
            None,
            Tone.GOOD,
            "Corner Bakery is verified: their face was checked just now.",
            "The money moves as soon as you are verified.",
        ),
        (
            FirstResult(verdict=Verdict.VERIFIED),
            RISKY,
            Tone.WAITING,
            "Corner Bakery is verified.",
            f"{NOT_PAID} This payee needs a second look for safety. {UNTIL_AGAIN} 3 hours.",
        ),
        (
            VERIFIED,
            Hold(reason=Reason.PAYEE_RISKY, expires_in_ms=DAY_MS, risk_reason="failed_lately"),
            Tone.WAITING,
            "Corner Bakery is verified: their fingerprint was checked just now.",
            f"{NOT_PAID} This payee failed several checks lately. {UNTIL_AGAIN} 1 day.",
        ),
        (
            IMPOSTOR,
            Hold(reason=Reason.PAYEE_NOT_VERIFIED, expires_in_ms=DAY_MS, risk_reason="marked"),
            Tone.WARNING,
            "Corner Bakery is NOT verified. Not recognised.",
            f"{NOT_PAID} The operator has marked this payee for a second look. {UNTIL} 1 day.",
        ),
        (
            IMPOSTOR,
            HOLD,
            Tone.WARNING,
            "Corner Bakery is NOT verified. Not recognised.",
            f"{NOT_PAID} {UNTIL} 1 day.",
        ),
        (
            FirstResult(verdict=Verdict.COULD_NOT_BE_CHECKED, reason=Reason.SENSOR_FAILED),
            HOLD,
            Tone.WARNING,
            "Corner Bakery could NOT be checked. The camera or the fingerprint reader did not work.",
            f"{NOT_PAID} {UNTIL} 1 day.",
        ),
        (
            FirstResult(verdict=Verdict.REFUSED),
            HOLD,
            Tone.WARNING,
            "Corner Bakery refused to be verified.",
            f"{NOT_PAID} {UNTIL} 1 day.",
        ),
    ],
)
def test_who_is_there_and_what_it_means_for_the_money(
    result: FirstResult, hold: Hold | None, tone: Tone, message: str, detail: str
) -> None:
    view = screen(second(1, result, hold))
    assert (view.tone, view.message, view.detail) == (tone, message, detail)


def test_the_consent_screen() -> None:
    view = screen(second(1))
    assert view.amount == "€12.50"
    assert [(row.label, row.value, row.strong) for row in view.rows] == [
        ("To", BAKERY, True),
        ("Account", "****4471", False),
    ]
    assert [button.id for button in view.buttons] == [ButtonId.STOP, ButtonId.CONSENT]
    assert view.countdown == Countdown(total_ms=PRESET_MS, ends_at_ms=5_000 + PRESET_MS)


def test_a_payee_without_a_name_is_an_account() -> None:
    view = screen(second(1, payee_name=" \u202e"))
    assert [row.value for row in view.rows] == ["Account ****4471"]
    assert view.message.startswith("Account ****4471 is verified")


results = st.builds(
    FirstResult,
    verdict=st.sampled_from(Verdict),
    reason=st.none() | st.sampled_from(Reason),
    modality=st.none() | st.sampled_from(Modality),
)
holds = st.none() | st.builds(Hold, reason=st.sampled_from(Reason), expires_in_ms=st.integers(0, 10**11))
instructions = st.builds(
    lambda result, hold, changed: second(1, result, hold, **changed),
    results,
    holds,
    st.fixed_dictionaries(
        {
            "amount_minor": st.integers(1, MAX_AMOUNT_MINOR),
            "currency": st.sampled_from(CURRENCIES),
            "payee_account": st.from_regex(ACCOUNT_PATTERN, fullmatch=True),
            "payee_name": st.text(max_size=200),
            "payer_name": st.text(max_size=200),
        }
    ),
)


def digits_of(amount: str) -> str:
    return "".join(character for character in amount if character in "0123456789.").lstrip(".")


@given(instruction=instructions, language=st.sampled_from(Language))
def test_what_is_sent_is_what_the_screen_says(instruction: SecondInstruction, language: Language) -> None:
    """The consent alone, without the instruction, tells every word of the screen that it vouches for."""
    view, consent, texts = screen(instruction, language), consent_to(instruction), texts_in(language)
    assert view.amount == texts.amount(consent.amount_minor, consent.currency)
    assert digits_of(view.amount) == format_amount(consent.amount_minor, consent.currency)
    to, *account = view.rows
    name = shown(consent.payee_name)
    if name and name != consent.payee_account:
        assert to.value == name
        assert [row.value for row in account] == [masked(consent.payee_account)]
    else:
        assert masked(consent.payee_account) in to.value
        assert account == []
    assert to.strong
    assert (view.tone is Tone.WARNING) == (consent.first_verdict is not Verdict.VERIFIED)
    assert (view.detail == money(instruction.first_result, None, texts)) == (not consent.held)
    assert view.message == first_result(instruction, texts)


@given(instruction=instructions)
def test_what_is_agreed_to_is_what_is_sent(instruction: SecondInstruction) -> None:
    """The whole way: asked for, instructed, shown, touched, captured, answered."""
    counter = Counter(Role.PAYER).start()
    counter.ask()
    book = tuple(
        type(entry)(
            payment_id=entry.payment_id,
            payee_account=instruction.payee_account,
            amount_minor=instruction.amount_minor,
            currency=instruction.currency,
        )
        for entry in counter.state.book
    )
    counter = Counter(Role.PAYER).start(*book).instruct(instruction)
    view = counter.view
    counter.press(ButtonId.CONSENT).captured(1, CaptureOutcome.CAPTURED)
    (answer,) = counter.sent(PayerCapture)
    assert answer.consent == Consent(
        payee_account=instruction.payee_account,
        payee_name=instruction.payee_name,
        amount_minor=instruction.amount_minor,
        currency=instruction.currency,
        first_verdict=instruction.first_result.verdict,
        held=instruction.hold is not None,
    )
    assert digits_of(view.amount) == format_amount(answer.consent.amount_minor, answer.consent.currency)


@pytest.mark.parametrize("language", Language)
def test_another_payment_looks_different(language: Language) -> None:
    """Each part of the consent changes the screen."""
    variants = [
        second(1, VERIFIED),
        second(1, VERIFIED, amount_minor=1251),
        second(1, VERIFIED, currency="CNY"),
        second(1, VERIFIED, currency="JPY"),
        second(1, VERIFIED, payee_account="20004472"),
        second(1, VERIFIED, payee_name="Corner Bakery 2"),
        second(1, VERIFIED, HOLD),
        *(second(1, FirstResult(verdict=verdict)) for verdict in Verdict),
    ]
    views = [screen(variant, language) for variant in variants]
    assert len({(view.amount, view.rows, view.message, view.detail) for view in views}) == len(variants)
    assert len({consent_to(variant) for variant in variants[:7]}) == 7


def test_the_account_number_is_never_whole() -> None:
    for language in Language:
        assert PAYEE_ACCOUNT not in repr(screen(second(1), language))
