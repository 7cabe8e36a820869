"""Entries that must not exist cannot be made, and what can be posted onto which balances."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.reasons import Reason
from server_mqtt.ledger import accounts, balances, entries
from server_mqtt.ledger.entries import Entry, EntryKind, Posting
from server_mqtt.ledger.money import MAX_BALANCE_MINOR, LedgerInvariantError, checked_amount

PAYMENT = "a" * 32
ADA, BEN = ("customer/10001", "EUR"), ("customer/10002", "EUR")
OUTSIDE = ("outside/EUR", "EUR")


def _entry(*postings: tuple[str, str, int]) -> Entry:
    return Entry(
        kind=EntryKind.SETTLE,
        payment_id=PAYMENT,
        postings=tuple(
            Posting(ledger_account=account, currency=currency, amount_minor=amount)
            for account, currency, amount in postings
        ),
    )


@pytest.mark.parametrize(
    "postings",
    [
        (),
        (("customer/10001", "EUR", 5),),
        (("customer/10001", "EUR", -5), ("customer/10002", "EUR", 6)),
        (("customer/10001", "EUR", -5), ("customer/10002", "USD", 5)),
    ],
)
def test_an_unbalanced_entry_cannot_be_made(postings: tuple[tuple[str, str, int], ...]) -> None:
    with pytest.raises(LedgerInvariantError, match=f"^an unbalanced settle of payment {PAYMENT}$"):
        _entry(*postings)


def test_an_entry_may_have_more_than_two_postings_as_long_as_it_balances() -> None:
    giver = ("customer/10001", "EUR", -5)
    assert len(_entry(giver, ("customer/10002", "EUR", 2), ("customer/10003", "EUR", 3)).postings) == 3
    with pytest.raises(LedgerInvariantError, match="unbalanced"):
        _entry(giver, ("customer/10002", "EUR", 2), ("customer/10003", "EUR", -3))


@pytest.mark.fault(65)
def test_money_cannot_go_round_in_a_circle() -> None:
    with pytest.raises(LedgerInvariantError, match=f"^a circular settle of payment {PAYMENT}$"):
        entries.settle(PAYMENT, "10001", "10001", "EUR", 5)


def test_what_no_payment_caused_is_named_so() -> None:
    ada, ben = (Posting(ledger_account=name, currency=currency, amount_minor=5) for name, currency in (ADA, BEN))
    with pytest.raises(LedgerInvariantError, match=r"^an unbalanced deposit of payment -$"):
        Entry(kind=EntryKind.DEPOSIT, payment_id="", postings=(ada, ben))
    with pytest.raises(LedgerInvariantError, match=r"^a circular deposit of payment -$"):
        Entry(kind=EntryKind.DEPOSIT, payment_id="", postings=(ada, replace(ada, amount_minor=-5)))
    assert entries.deposit("10001", "EUR", 5).payment_id == ""
    with pytest.raises(LedgerInvariantError, match=r"^a deposit of payment -: amount_too_large$"):
        balances.post({ADA: MAX_BALANCE_MINOR}, entries.deposit("10001", "EUR", 5))


@pytest.mark.fault(65)
@pytest.mark.parametrize("account", ["escrow/" + PAYMENT, "outside/EUR", "a/b", "", "10001\n", "$SYS"])
def test_no_customer_can_be_named_like_another_kind_of_account(account: str) -> None:
    with pytest.raises(LedgerInvariantError, match=r"^not an account number$"):
        accounts.customer_account(account)


@pytest.mark.parametrize("payment_id", ["", "A" * 32, "a" * 31, "a" * 32 + "\n", "../" + "a" * 29])
def test_an_escrow_account_belongs_to_a_payment(payment_id: str) -> None:
    with pytest.raises(LedgerInvariantError, match=r"^not a payment id$"):
        accounts.escrow_account(payment_id)


@pytest.mark.parametrize("ledger_account", ["10001", "customers/10001", "", "vault/1"])
def test_the_ledger_has_three_kinds_of_accounts(ledger_account: str) -> None:
    with pytest.raises(LedgerInvariantError, match=r"^not an account of this ledger$"):
        _entry((ledger_account, "EUR", -5), ("customer/10002", "EUR", 5))


@pytest.mark.parametrize("currency", ["", "XXX", "eur", "EUROS"])
def test_only_currencies_are_moved(currency: str) -> None:
    with pytest.raises(LedgerInvariantError, match=r"^not a currency$"):
        entries.settle(PAYMENT, "10001", "10002", currency, 5)
    with pytest.raises(LedgerInvariantError, match=r"^not a currency$"):
        accounts.outside_account(currency)


@pytest.mark.fault(29)
@pytest.mark.parametrize("amount", [0, -1, MAX_BALANCE_MINOR + 1, 1.5, 5.0, True, "5", None])
def test_only_whole_positive_amounts_within_64_bits_are_moved(amount: int) -> None:
    with pytest.raises(LedgerInvariantError):
        entries.settle(PAYMENT, "10001", "10002", "EUR", amount)
    with pytest.raises(LedgerInvariantError):
        entries.deposit("10001", "EUR", amount)


def test_a_posting_moves_a_whole_number() -> None:
    with pytest.raises(LedgerInvariantError, match=r"^an amount is a whole number, not float$"):
        _entry(("customer/10001", "EUR", -5), ("customer/10002", "EUR", 2.5))  # type: ignore[arg-type]  # the point
    with pytest.raises(LedgerInvariantError, match=r"^an amount is a whole number, not bool$"):
        _entry(("customer/10001", "EUR", -1), ("customer/10002", "EUR", True))


def test_what_cannot_be_moved_is_named() -> None:
    assert checked_amount(MAX_BALANCE_MINOR) == MAX_BALANCE_MINOR
    with pytest.raises(LedgerInvariantError, match=f"^{MAX_BALANCE_MINOR + 1} cannot be moved$"):
        checked_amount(MAX_BALANCE_MINOR + 1)


def test_a_settlement_and_a_deposit() -> None:
    assert balances.post({}, entries.deposit("10001", "EUR", 500)) == {OUTSIDE: -500, ADA: 500}
    assert balances.post({ADA: 500}, entries.settle(PAYMENT, "10001", "10002", "EUR", 500)) == {ADA: 0, BEN: 500}


def test_what_is_given_back_goes_the_other_way() -> None:
    back = entries.give_back(PAYMENT, "10001", "10002", "EUR", 500)
    assert (back.kind, back.payment_id) == (EntryKind.RETURN, PAYMENT)
    assert balances.post({BEN: 500}, back) == {BEN: 0, ADA: 500}


def test_no_customer_goes_below_zero() -> None:
    settle = entries.settle(PAYMENT, "10001", "10002", "EUR", 500)
    assert balances.why_not({ADA: 500}, settle) is None
    assert balances.why_not({ADA: 499}, settle) is Reason.INSUFFICIENT_FUNDS
    assert balances.why_not({}, settle) is Reason.INSUFFICIENT_FUNDS
    assert balances.why_not({("customer/10001", "USD"): 500}, settle) is Reason.INSUFFICIENT_FUNDS
    with pytest.raises(LedgerInvariantError, match=f"^a settle of payment {PAYMENT}: insufficient_funds$"):
        balances.post({ADA: 499}, settle)


@pytest.mark.fault(29)
def test_no_deposit_makes_more_money_than_a_balance_can_hold() -> None:
    almost = {OUTSIDE: -(MAX_BALANCE_MINOR - 1), BEN: MAX_BALANCE_MINOR - 1}
    assert balances.why_not(almost, entries.deposit("10001", "EUR", 1)) is None
    assert balances.why_not(almost, entries.deposit("10001", "EUR", 2)) is Reason.AMOUNT_TOO_LARGE
    assert balances.why_not(almost, entries.deposit("10001", "USD", 2)) is None


@pytest.mark.fault(29)
def test_a_balance_at_its_limit_takes_no_more() -> None:
    assert MAX_BALANCE_MINOR == 9_223_372_036_854_775_807, "what both databases store, and no more"
    full = {ADA: 5, BEN: MAX_BALANCE_MINOR - 5}
    assert balances.why_not(full, entries.settle(PAYMENT, "10001", "10002", "EUR", 5)) is None
    wrong = {ADA: 5, BEN: MAX_BALANCE_MINOR - 4}
    assert balances.why_not(wrong, entries.settle(PAYMENT, "10001", "10002", "EUR", 5)) is Reason.AMOUNT_TOO_LARGE


def test_accounts_are_locked_in_one_order() -> None:
    there = entries.settle(PAYMENT, "10001", "10002", "EUR", 5)
    back = entries.settle(PAYMENT, "10002", "10001", "EUR", 5)
    assert balances.touched([there]) == balances.touched([back]) == balances.touched([back, there]) == (ADA, BEN)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("deposit", "settle")),
            st.sampled_from(("10001", "10002", "10003")),
            st.sampled_from(("10001", "10002", "10003")),
            st.sampled_from(("EUR", "USD")),
            st.integers(1, MAX_BALANCE_MINOR),
        ),
        max_size=30,
    )
)
def test_whatever_is_posted_all_balances_of_a_currency_sum_to_zero(moves: list[tuple[str, str, str, str, int]]) -> None:
    held: dict[tuple[str, str], int] = {}
    for kind, giver, taker, currency, amount in moves:
        if kind == "settle" and giver == taker:
            continue
        entry = (
            entries.deposit(taker, currency, amount)
            if kind == "deposit"
            else entries.settle(PAYMENT, giver, taker, currency, amount)
        )
        if balances.why_not(held, entry) is None:
            held.update(balances.post(held, entry))
    for currency in ("EUR", "USD"):
        assert sum(balance for key, balance in held.items() if key[1] == currency) == 0
    assert all(accounts.floor_of(name) <= balance <= MAX_BALANCE_MINOR for (name, _), balance in held.items())
