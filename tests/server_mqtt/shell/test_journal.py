"""Money in the database: entries chained, balances moved with them, floors held, nothing half done."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from sqlalchemy import Connection, event, text

from server_mqtt.escrow import movements
from server_mqtt.ledger import entries
from server_mqtt.ledger.accounts import customer_account, escrow_account, outside_account
from server_mqtt.ledger.entries import settle
from server_mqtt.ledger.journal import START, chain
from server_mqtt.ledger.money import MAX_BALANCE_MINOR, LedgerInvariantError
from server_mqtt.shell import journal
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.gathering import together
from server_mqtt.shell.store import Store

_ANN, _BOB = "DE0001", "DE0002"
_PAYMENT = "ab" * 16


@pytest.fixture(params=[False, True], ids=["at once", "together"])
def connection(store: Store, request: pytest.FixtureRequest) -> Iterator[Connection]:
    with store.write() as opened, together(opened) if request.param else nullcontext():
        yield opened


def test_a_deposit_comes_from_outside(connection: Connection) -> None:
    journal.deposit(connection, _ANN, "EUR", 500, 1)
    journal.deposit(connection, _ANN, "JPY", 7, 2)
    assert journal.balances_of(connection, _ANN) == {"EUR": 500, "JPY": 7}
    assert journal.all_balances(connection)[outside_account("EUR"), "EUR"] == -500


def test_held_money_is_in_its_escrow_account_until_it_is_released(connection: Connection) -> None:
    journal.deposit(connection, _ANN, "EUR", 500, 1)
    journal.append(connection, movements.hold(_PAYMENT, _ANN, "EUR", 200), 2)
    key = (escrow_account(_PAYMENT), "EUR")
    assert journal.read_balances(connection, [key]) == {key: 200}
    journal.append(connection, movements.release(_PAYMENT, _BOB, "EUR", 200), 3)
    assert journal.read_balances(connection, [key]) == {key: 0}
    assert (journal.balances_of(connection, _ANN), journal.balances_of(connection, _BOB)) == (
        {"EUR": 300},
        {"EUR": 200},
    )
    assert [stored.kind for stored in journal.entries_of(connection, _PAYMENT)] == ["hold", "release"]


def test_every_entry_is_chained_to_the_one_before(connection: Connection) -> None:
    last = START
    for at_ms in range(1, 4):
        chained = journal.append(connection, entries.deposit(_ANN, "EUR", at_ms), at_ms)
        assert chained == chain(last, entries.deposit(_ANN, "EUR", at_ms), at_ms)
        last = chained.anchor
        assert journal.last_anchor(connection) == last
    assert [stored.number for stored in journal.newest(connection, 2)] == [2, 3]
    audit = journal.audit(connection)
    assert (audit.findings, audit.entries, audit.last) == ((), 3, last)


def _settle_twice(connection: Connection, amount_minor: int) -> None:
    for at_ms in (2, 3):
        journal.append(connection, settle(_PAYMENT, _ANN, _BOB, "EUR", amount_minor), at_ms)


@pytest.mark.fault(29)
def test_no_account_goes_below_its_floor_and_nothing_is_half_done(store: Store) -> None:
    with store.write() as connection:
        journal.deposit(connection, _ANN, "EUR", 100, 1)
    with pytest.raises(LedgerInvariantError), store.write() as connection:
        _settle_twice(connection, 60)
    with store.read() as connection:
        assert journal.balances_of(connection, _ANN) == {"EUR": 100}
        assert journal.last_anchor(connection).number == 1


@pytest.mark.fault(29)
def test_a_balance_at_the_limit_of_64_bits_is_an_operator_s_refusal(connection: Connection) -> None:
    journal.deposit(connection, _ANN, "EUR", MAX_BALANCE_MINOR - 1, 1)
    with pytest.raises(OperatorError, match="cannot hold"):
        journal.deposit(connection, _ANN, "EUR", 2, 2)
    journal.deposit(connection, _ANN, "EUR", 1, 3)
    assert journal.balances_of(connection, _ANN) == {"EUR": MAX_BALANCE_MINOR}


@pytest.mark.parametrize("seed", range(3))
def test_balances_are_the_sums_of_the_postings(connection: Connection, seed: int) -> None:
    chance = random.Random(seed)
    for at_ms in range(40):
        currency, amount_minor = chance.choice(["EUR", "JPY"]), chance.randint(1, 10**15)
        giver, taker = chance.sample([_ANN, _BOB, "DE0003"], 2)
        if journal.balances_of(connection, giver).get(currency, 0) >= amount_minor:
            journal.append(connection, settle(_PAYMENT, giver, taker, currency, amount_minor), at_ms)
        else:
            journal.deposit(connection, giver, currency, amount_minor, at_ms)
    rows = connection.execute(
        text("SELECT ledger_account, currency, SUM(amount_minor) FROM postings GROUP BY ledger_account, currency")
    )
    assert {(row[0], row[1]): row[2] for row in rows} == journal.all_balances(connection)
    assert sum(journal.all_balances(connection).values()) == 0


def test_a_customer_who_never_had_money_holds_nothing(connection: Connection) -> None:
    assert journal.balances_of(connection, _ANN) == {}
    assert journal.read_balances(connection, [(customer_account(_ANN), "EUR")]) == {}
    assert journal.last_anchor(connection) == START


def test_who_expects_money_to_move_asks_once(store: Store) -> None:
    with store.write() as connection:
        journal.deposit(connection, _ANN, "EUR", 500, 1)
    asked: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda _connection, _cursor, sql, *_: asked.append(sql))
    with store.write() as connection, together(connection):
        journal.expect(connection, {_ANN, _BOB})
        for at_ms in range(2, 12):
            journal.append(connection, settle(_PAYMENT, _ANN, _BOB, "EUR", 50), at_ms)
        with pytest.raises(LedgerInvariantError):
            journal.append(connection, settle(_PAYMENT, _ANN, _BOB, "EUR", 1), 12)
        assert journal.balances_of(connection, _BOB) == {"EUR": 500}
    # One by the expectation, one by balances_of.
    assert len([sql for sql in asked if "FROM ledger_accounts" in sql]) == 2
    with store.read() as connection:
        assert journal.balances_of(connection, _ANN) == {"EUR": 0}
        assert journal.audit(connection).entries == 11
