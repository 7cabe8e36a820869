"""The book on disk is the book in memory, whatever changed and in whatever order."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_mqtt.contract.messages import Hold, PaymentState, Role
from server_mqtt.contract.reasons import Reason
from terminal.errors import StorageError
from terminal.outbox.book import Book, Now, load, save
from terminal.outbox.store import Store
from terminal.session.state import Entry, Payee
from tests.terminal.messages import status

DEVICE = "payer-terminal"
ENTRIES = st.builds(
    Entry,
    payment_id=st.sampled_from([f"{number:032x}" for number in range(6)]),
    payee_account=st.just("4000-0002"),
    amount_minor=st.integers(1, 10**15),
    currency=st.just("EUR"),
    payee_name=st.text(max_size=20),
    status=st.none()
    | st.sampled_from(PaymentState).map(
        lambda state: status(
            "0" * 32, Role.PAYER, state, hold=Hold(reason=Reason.PAYEE_NOT_VERIFIED, expires_in_ms=1_000)
        )
    ),
    heard_at_ms=st.integers(0, 1_000),
    refused=st.none() | st.sampled_from(Reason),
    stopped=st.booleans(),
)
BOOKS = st.builds(
    Book,
    payments=st.lists(ENTRIES, max_size=6, unique_by=lambda entry: entry.payment_id).map(
        lambda entries: tuple(sorted(entries, key=lambda entry: entry.payment_id))
    ),
    recents=st.lists(st.builds(Payee, account=st.text(min_size=1), name=st.text()), max_size=4).map(tuple),
)
NOW = Now(monotonic_ms=1_000, wall_ms=1_700_000_000_000)


@settings(max_examples=25)  # each draws a database
@given(st.lists(BOOKS, min_size=1, max_size=4))
def test_saving_what_changed_is_saving_all(books: list[Book]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder), DEVICE)
        before = Book()
        for book in books:
            with store.transaction() as connection:
                save(connection, before, book, NOW)
            before = book
        with store.reading() as connection:
            read = load(connection, NOW)
        store.close()
    assert {entry.payment_id: entry for entry in read.payments} == {
        entry.payment_id: entry for entry in before.payments
    }
    assert read.recents == before.recents


def test_payments_keep_their_order_when_they_change(tmp_path: Path) -> None:
    first, second, third = (
        Entry(payment_id=f"{number:032x}", payee_account="4000-0002", amount_minor=1, currency="EUR")
        for number in (9, 5, 7)
    )
    store = Store.open(tmp_path, DEVICE)
    before = Book(payments=(first, second, third))
    after = Book(payments=(replace(first, stopped=True), second, third))
    with store.transaction() as connection:
        save(connection, Book(), before, NOW)
        save(connection, before, after, NOW)
    with store.reading() as connection:
        assert load(connection, NOW) == after
    store.close()


def test_an_age_survives_a_restart_on_another_monotonic_clock(tmp_path: Path) -> None:
    entry = Entry(payment_id="0" * 32, payee_account="4000-0002", amount_minor=1, currency="EUR", heard_at_ms=900)
    store = Store.open(tmp_path, DEVICE)
    with store.transaction() as connection:
        save(connection, Book(), Book(payments=(entry,)), NOW)
    later = Now(monotonic_ms=50, wall_ms=NOW.wall_ms + 5_000)
    with store.reading() as connection:
        assert load(connection, later).payments[0].heard_at_ms == 50 - 5_100
    back_in_time = Now(monotonic_ms=50, wall_ms=0)
    with store.reading() as connection:
        assert load(connection, back_in_time).payments[0].heard_at_ms == 50
    store.close()


def test_a_row_that_nobody_can_read_is_said(tmp_path: Path) -> None:
    store = Store.open(tmp_path, DEVICE)
    with store.transaction() as connection:
        connection.execute("INSERT INTO payments (payment_id, entry, heard_wall_ms) VALUES ('x', X'00', 0)")
    with store.reading() as connection, pytest.raises(StorageError, match="payment x"):
        load(connection, NOW)
    store.close()
