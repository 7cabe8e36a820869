"""What the payer keys in: exact amounts or words about what is wrong, and one request for one confirmation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.currencies import exponent, parse_amount
from server_mqtt.contract.messages import PayerRequest, PaymentState, ReplyStatus, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed, ScreenName
from terminal.session.entry import MAX_ACCOUNT_LENGTH
from terminal.session.events import Touched
from terminal.session.limits import RECENTS_MAX
from terminal.session.state import AmountEntry, Payee, PayeeEntry, Review
from tests.terminal.session.counter import BAKERY, PAYEE_ACCOUNT, PAYER_ACCOUNT, Counter, ident, second, settings

S = ScreenName
RECENT = Payee(account=PAYEE_ACCOUNT, name=BAKERY)


def payer(currency: str = "EUR") -> Counter:
    counter = Counter(Role.PAYER)
    counter.state = replace(counter.state, settings=settings(Role.PAYER, currency=currency))
    return counter.start(recents=(RECENT,))


def at_the_amount(currency: str = "EUR") -> Counter:
    return payer(currency).press(ButtonId.NEW_PAYMENT).touch(Chosen(choice=PAYEE_ACCOUNT))


def at_the_review() -> Counter:
    return at_the_amount().key("12.50").press(ButtonId.NEXT)


def tap(counter: Counter, button: ButtonId, fresh: int = 1) -> Counter:
    """A touch at this very moment, whatever the screen shows."""
    return counter.feed(Touched(touch=Pressed(button=button), fresh_id=ident(fresh)))


# --- whom ---


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("1", "There is no payee with this account number."),
        ("123", "There is no payee with this account number."),
        (PAYER_ACCOUNT, "This is your own account number."),
    ],
)
def test_an_account_that_cannot_be_is_seen_here(keys: str, words: str) -> None:
    counter = payer().press(ButtonId.NEW_PAYMENT).key(keys).press(ButtonId.NEXT)
    assert counter.view.keypad is not None
    assert counter.view.keypad.problem == words
    counter.key("<")
    assert counter.view.keypad.problem == ""
    assert counter.view.keypad.entered == keys[:-1]


def test_an_account_number_has_an_end() -> None:
    counter = payer().press(ButtonId.NEW_PAYMENT).key("9" * (MAX_ACCOUNT_LENGTH + 5))
    assert counter.step() == PayeeEntry(entered="9" * MAX_ACCOUNT_LENGTH)


def test_a_payee_who_was_paid_before_has_a_name_however_chosen() -> None:
    keyed = payer().press(ButtonId.NEW_PAYMENT).key(PAYEE_ACCOUNT).press(ButtonId.NEXT)
    assert keyed.step() == at_the_amount().step() == AmountEntry(payee=RECENT)


def test_the_newest_payees_are_offered_first_each_once() -> None:
    counter = payer()
    for number in range(RECENTS_MAX + 2):
        account = f"3000{number:04d}"
        counter.press(ButtonId.NEW_PAYMENT).key(account).press(ButtonId.NEXT).key("1").press(ButtonId.NEXT)
        counter.press(ButtonId.PAY)
        payment: dict[str, Any] = {
            "payment_id": ident(number + 1),
            "payee_account": account,
            "payee_name": f"Shop {number}",
        }
        counter.instruct(second(1, **{**payment, "amount_minor": 100, "instruction_id": ident(500 + number)}))
        counter.hear(PaymentState.DECLINED, 3, **{**payment, "amount_minor": 100}).press(ButtonId.DONE)
    names = [choice.text for choice in counter.press(ButtonId.NEW_PAYMENT).view.choices]
    assert names == [f"Shop {number}" for number in range(RECENTS_MAX + 1, 1, -1)]


# --- how much ---


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    ("currency", "keys", "entered", "amount_minor"),
    [
        ("EUR", "12.50", "12.50", 1250),
        ("EUR", "12.5", "12.5", 1250),
        ("EUR", "12.", "12.", 1200),
        ("EUR", "12", "12", 1200),
        ("EUR", "12.505", "12.50", 1250),
        ("EUR", "1.2.3", "1.23", 123),
        ("EUR", "0.01", "0.01", 1),
        ("EUR", "007", "007", 700),
        ("EUR", "125<0", "120", 12_000),
        ("KWD", "1.2345", "1.234", 1234),
        ("JPY", "1234", "1234", 1234),
    ],
)
def test_amounts_are_exact_integers(currency: str, keys: str, entered: str, amount_minor: int) -> None:
    counter = at_the_amount(currency).key(keys)
    assert counter.step() == AmountEntry(payee=RECENT, entered=entered)
    counter.press(ButtonId.NEXT)
    assert counter.step() == Review(payee=RECENT, entered=entered, amount_minor=amount_minor)


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("0", Reason.AMOUNT_ZERO),
        ("0.00", Reason.AMOUNT_ZERO),
        (".", Reason.AMOUNT_NOT_A_NUMBER),
        (".5", Reason.AMOUNT_NOT_A_NUMBER),
        ("99999999999999", Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_what_is_no_amount_is_said(keys: str, reason: Reason) -> None:
    counter = at_the_amount().key(keys).press(ButtonId.NEXT)
    assert counter.step() == AmountEntry(payee=RECENT, entered=keys, problem=reason)
    assert counter.view.keypad is not None
    assert counter.view.keypad.problem
    assert not [button for button in counter.view.buttons if button.id is ButtonId.NEXT and button.enabled]


@pytest.mark.fault(52)
@given(
    keys=st.lists(
        st.sampled_from(("0", "7", "00", ".", "<", ",", "-", "1e3", "٣", "²", "½", " ", "\u202e", "12")), max_size=30
    ),
    currency=st.sampled_from(("EUR", "JPY", "KWD")),
)
def test_whatever_is_keyed_or_pasted_is_an_exact_amount_or_refused(keys: list[str], currency: str) -> None:
    counter = at_the_amount(currency)
    for key in keys:
        counter.feed(Touched(touch=Keyed(key=key), fresh_id=ident(1)))
    step = counter.step()
    assert isinstance(step, AmountEntry)
    entered = step.entered
    assert set(entered) <= set("0123456789.")
    assert len(entered.partition(".")[2]) <= exponent(currency)
    tap(counter, ButtonId.NEXT)
    after = counter.step()
    assert isinstance(after, AmountEntry | Review)
    if isinstance(after, Review):
        assert after.amount_minor == parse_amount(entered.removesuffix("."), currency) > 0
    else:
        assert after.problem is not None


def test_a_currency_without_decimals_has_no_point() -> None:
    keypad = at_the_amount("JPY").view.keypad
    assert keypad is not None
    assert [key for row in keypad.keys for key in row if not key.isdigit()] == ["<"]


def test_going_back_keeps_what_was_keyed() -> None:
    counter = at_the_review().press(ButtonId.BACK)
    assert counter.step() == AmountEntry(payee=RECENT, entered="12.50")
    counter.press(ButtonId.BACK)
    assert counter.step() == PayeeEntry(entered=PAYEE_ACCOUNT)
    assert counter.press(ButtonId.BACK).screen() is S.IDLE
    assert counter.sent(PayerRequest) == []


# --- asking for it ---


@pytest.mark.fault(50)
@pytest.mark.parametrize("fresh_ids", [(1, 1, 1), (1, 2, 3)])
def test_pay_tapped_again_and_again_is_one_payment(fresh_ids: tuple[int, ...]) -> None:
    counter = at_the_review()
    for fresh in fresh_ids:
        tap(counter, ButtonId.PAY, fresh)
    assert [request.payment_id for request in counter.sent(PayerRequest)] == [ident(1)]
    assert counter.screen() is S.PAYER_REQUEST
    counter.reply("payer_request", ReplyStatus.ACCEPTED)
    tap(counter, ButtonId.PAY, 4)
    assert len(counter.sent(PayerRequest)) == 1


@pytest.mark.fault(50)
def test_a_payment_id_that_was_used_asks_for_nothing() -> None:
    counter = at_the_review().press(ButtonId.PAY).reply("payer_request", ReplyStatus.REFUSED, Reason.BUSY)
    counter.press(ButtonId.DONE).press(ButtonId.NEW_PAYMENT).touch(Chosen(choice=PAYEE_ACCOUNT))
    counter.key("7").press(ButtonId.NEXT)
    tap(counter, ButtonId.PAY, 1)
    assert counter.screen() is S.REVIEW
    tap(counter, ButtonId.PAY, 2)
    assert [request.payment_id for request in counter.sent(PayerRequest)] == [ident(1), ident(2)]


@pytest.mark.fault(55)
def test_the_request_is_what_the_review_shows() -> None:
    counter = at_the_review()
    view = counter.view
    (request,) = counter.press(ButtonId.PAY).sent(PayerRequest)
    assert view.amount == "€12.50"
    assert request.amount_minor == 1250
    assert [row.value for row in view.rows] == [BAKERY, "****4471", "****2288"]
    assert (request.payee_account, request.payer_account) == (PAYEE_ACCOUNT, PAYER_ACCOUNT)


def test_a_payee_terminal_asks_for_nothing() -> None:
    counter = Counter(Role.PAYEE).start()
    tap(counter, ButtonId.NEW_PAYMENT)
    assert counter.screen() is S.IDLE
