"""How a payment stands, for payer and payee: in the server's word alone, and what that means for the money."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import Hold, PaymentState, ReplyStatus, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.outcome import OUTCOMES
from terminal.presenter.view import ButtonId, ScreenName, Tone
from terminal.session.state import FINAL
from tests.terminal.session.counter import ADA, BAKERY, DAY_MS, VERIFIED, Counter, ident, release

P = PaymentState
HOUR_MS = 3_600_000
NOTHING_MOVED = "No money has moved."
NOT_ENOUGH = "There is not enough money in your account."
ASKED_AGAIN = "You are asked here again to show that it is you. Without that it goes back in"
RISKY = Hold(reason=Reason.PAYEE_RISKY, expires_in_ms=DAY_MS)


def heard(role: Role, state: PaymentState, reason: Reason | None = None, **changed: object) -> Counter:
    counter = Counter(role).start()
    if role is Role.PAYER:
        counter.ask()
    else:
        counter.hear(P.AWAITING_PAYEE, 1)
        counter.hear(P.HELD, 2)
    return counter.hear(state, 3, reason=reason, **changed)


@pytest.mark.parametrize(
    ("state", "reason", "tone", "title", "message", "detail"),
    [
        (P.SETTLED, None, Tone.GOOD, "Paid", "The money has moved to Corner Bakery.", ""),
        (
            P.HELD,
            None,
            Tone.WAITING,
            "Held, not paid yet",
            "The money has left your account, but Corner Bakery does not have it yet.",
            "The payee was not verified. They get it once they are verified; otherwise it comes back to you in 1 day.",
        ),
        (
            P.RELEASED,
            None,
            Tone.GOOD,
            "Paid out",
            "Corner Bakery was verified. The money that was held has moved to them.",
            "",
        ),
        (
            P.REFUNDED,
            Reason.HOLD_EXPIRED,
            Tone.NEUTRAL,
            "Refunded",
            "The money that was held is back in your account.",
            "The payee was not verified in time.",
        ),
        (P.DECLINED, Reason.UNKNOWN_PAYEE, Tone.BAD, "Not paid", "There is no payee with this account number.", None),
        (
            P.DECLINED,
            Reason.INSUFFICIENT_FUNDS,
            Tone.BAD,
            "Not paid",
            "There is not enough money in your account.",
            None,
        ),
        (P.DECLINED, Reason.PAYER_NOT_VERIFIED, Tone.BAD, "Not paid", "You were not verified.", None),
        (P.DECLINED, Reason.PAYEE_REFUSED, Tone.BAD, "Not paid", "The payee refused the payment.", None),
        (P.DECLINED, Reason.PAYER_STOPPED, Tone.NEUTRAL, "Not paid", "You stopped the payment.", None),
        (P.DECLINED, None, Tone.BAD, "Not paid", "", None),
    ],
)
def test_what_the_payer_reads(
    state: PaymentState, reason: Reason | None, tone: Tone, title: str, message: str, detail: str | None
) -> None:
    view = heard(Role.PAYER, state, reason).view
    assert (view.screen, view.tone, view.title, view.message) == (ScreenName.OUTCOME, tone, title, message)
    assert view.detail == (NOTHING_MOVED if detail is None else detail)
    assert view.amount == "€12.50"
    assert [(row.label, row.value) for row in view.rows] == [("To", BAKERY), ("Payment", "0000-0000")]
    assert view.buttons[0].id is ButtonId.DONE


@pytest.mark.parametrize(
    ("state", "reason", "tone", "title", "message", "detail"),
    [
        (P.SETTLED, None, Tone.GOOD, "You are paid", "The money has moved to your account.", ""),
        (
            P.HELD,
            None,
            Tone.WAITING,
            "Held, not paid yet",
            "The money is kept for you, but it is not yours yet.",
            f"You were not verified. {ASKED_AGAIN} 1 day.",
        ),
        (
            P.RELEASED,
            None,
            Tone.GOOD,
            "Paid out",
            "You were verified. The money that was held has moved to your account.",
            "",
        ),
        (
            P.REFUNDED,
            Reason.HOLD_EXPIRED,
            Tone.BAD,
            "Refunded",
            "The money that was held went back to the payer.",
            "You were not verified in time.",
        ),
        (P.DECLINED, Reason.PAYER_STOPPED, Tone.BAD, "Not paid", "The payer stopped the payment.", NOTHING_MOVED),
        (P.DECLINED, Reason.PAYEE_REFUSED, Tone.NEUTRAL, "Not paid", "You refused the payment.", NOTHING_MOVED),
    ],
)
def test_what_the_payee_reads(
    state: PaymentState, reason: Reason | None, tone: Tone, title: str, message: str, detail: str
) -> None:
    view = heard(Role.PAYEE, state, reason).view
    assert (view.screen, view.tone, view.title) == (ScreenName.OUTCOME, tone, title)
    assert (view.message, view.detail) == (message, detail)
    assert [(row.label, row.value) for row in view.rows] == [("From", ADA), ("Payment", "0000-0000")]


def test_every_state_that_ends_or_holds_is_an_outcome() -> None:
    assert set(OUTCOMES) == FINAL | {P.HELD}


def test_a_payee_who_was_verified_has_to_be_verified_again() -> None:
    detail = heard(Role.PAYER, P.HELD, hold=RISKY, first_result=VERIFIED).view.detail
    assert "They get it once they are verified again; otherwise it comes back to you in 1 day." in detail


def test_a_risky_payee_is_named_as_such() -> None:
    assert heard(Role.PAYER, P.HELD, hold=RISKY).view.detail.startswith("This payee needs a second look for safety.")
    known = Hold(reason=Reason.PAYEE_RISKY, expires_in_ms=DAY_MS, risk_reason="new_account")
    assert heard(Role.PAYER, P.HELD, hold=known).view.detail.startswith("This payee's account is new.")
    assert heard(Role.PAYEE, P.HELD, hold=RISKY).view.detail.startswith("Your account needs a second look for safety.")


@pytest.mark.parametrize(
    ("waited_ms", "payer", "payee"),
    [
        (0, "comes back to you in 1 day.", "goes back in 1 day."),
        (HOUR_MS, "comes back to you in 23 hours.", "goes back in 23 hours."),
        (DAY_MS - 90 * 60_000, "comes back to you in 1 hour, 30 minutes.", "goes back in 1 hour, 30 minutes."),
        (DAY_MS - 1_000, "comes back to you in 1 minute.", "goes back in 1 minute."),
        (DAY_MS, "about to send it back to you.", "about to send it back to the payer."),
        (2 * DAY_MS, "about to send it back to you.", "about to send it back to the payer."),
    ],
)
def test_the_hold_runs_out_while_one_reads(waited_ms: int, payer: str, payee: str) -> None:
    for role, words in ((Role.PAYER, payer), (Role.PAYEE, payee)):
        counter = heard(role, P.HELD)
        counter.now_ms += waited_ms
        assert counter.view.detail.endswith(words)


def test_a_hold_without_its_terms_claims_no_time() -> None:
    view = heard(Role.PAYER, P.HELD, Reason.PAYEE_NOT_CHECKED, hold=None).view
    assert view.detail == "The payee could not be checked."


def test_what_the_server_says_has_moved_is_what_is_shown() -> None:
    """Were it another amount than was asked for, the payer had better see it."""
    assert heard(Role.PAYER, P.SETTLED, amount_minor=99_900).view.amount == "€999.00"


def test_a_request_that_was_refused() -> None:
    counter = Counter(Role.PAYER).start().ask().reply("payer_request", ReplyStatus.REFUSED, Reason.ID_REUSED)
    view = counter.view
    assert (view.title, view.tone, view.detail) == ("Not paid", Tone.BAD, NOTHING_MOVED)
    assert view.message == "The server has another payment under this number. Please start again."
    assert view.rows[0].value == "Account ****4471"


@pytest.mark.fault(54)
def test_what_the_server_has_not_said_is_not_an_outcome() -> None:
    """Money that waits was offered, and left for later, before the server said how it stands."""
    counter = Counter(Role.PAYEE).start().instruct(release(7)).press(ButtonId.REFUSE)
    view = counter.view
    assert (view.screen, view.tone) == (ScreenName.CHECKING, Tone.WORKING)
    assert view.message == "How this payment ended is not known here yet."
    assert [button.id for button in view.buttons] == [ButtonId.DONE, ButtonId.LANGUAGE]
    assert counter.hear(P.HELD, 3, payment_id=ident(1)).view.title == "Held, not paid yet"


def test_a_hold_that_ends_soon_says_so_until_it_is_over() -> None:
    soon = Hold(reason=Reason.PAYEE_NOT_VERIFIED, expires_in_ms=DAY_MS, expires_soon=True)
    counter = heard(Role.PAYER, P.HELD, hold=soon)
    words = "They get it once they are verified; otherwise it comes back to you in 1 day."
    assert counter.view.detail == f"The time for this payment is nearly over. {words}"
    assert heard(Role.PAYEE, P.HELD, hold=soon).view.detail == (
        f"The time for this payment is nearly over. {ASKED_AGAIN} 1 day."
    )
    counter.wait(DAY_MS)
    assert "nearly over" not in counter.view.detail


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("state", "reason", "parts", "words"),
    [
        (
            P.HELD,
            Reason.PAYEE_NOT_VERIFIED,
            (400, 250),
            "€4.00 of it was paid out. €2.50 of it went back to the payer.",
        ),
        (P.SETTLED, None, (0, 250), "€2.50 of it went back to the payer."),
        (P.RELEASED, None, (1250, 250), "€2.50 of it went back to the payer."),
        (
            P.RELEASED,
            Reason.OPERATOR_REFUNDED,
            (400, 850),
            "The service decided to send it back. €8.50 of it went back to the payer.",
        ),
    ],
)
def test_what_of_it_went_where_is_said(
    role: Role, state: PaymentState, reason: Reason | None, parts: tuple[int, int], words: str
) -> None:
    counter = heard(role, state, reason, released_minor=parts[0], refunded_minor=parts[1])
    assert words in counter.view.detail
    if state is P.RELEASED and reason is not None:
        assert counter.view.message == "What was held has been paid out to Corner Bakery."
