"""What is kept back is there for whoever looks, goes in one statement a table, and is gone with its transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from server_mqtt.shell import gathering, payments
from server_mqtt.shell.bulk import change_rows, write_rows
from server_mqtt.shell.schema import accounts, devices, inbox, journal_entries, payment_events, timers
from server_mqtt.shell.schema import payments as payments_table
from server_mqtt.shell.store import Store
from tests.bench import ledger


class _Word(StrEnum):
    SAID = "said"


def _row(number: int, **other: object) -> dict[str, Any]:
    values = {"device": "till-0001", "kind": "ack", "content_hash": b"\xff\x00", "reply": b"", "received_at_ms": 2**62}
    return {"message_id": f"{number:04}", **values, **other}


@contextmanager
def _asked(store: Store) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_others: object) -> None:
        said.append(sql)

    event.listen(store._engine, "before_cursor_execute", note)
    yield said
    event.remove(store._engine, "before_cursor_execute", note)


def _ids(connection: Connection) -> list[str]:
    return list(connection.execute(select(inbox.c.message_id).order_by(inbox.c.message_id)).scalars())


def test_rows_are_stored_as_they_are(store: Store) -> None:
    rows = [
        _row(1, device='a\\u0000 "quoted" \N{SNOWMAN} \\'),
        _row(2, kind=_Word.SAID, reply=bytes(range(256))),
        _row(3, received_at_ms=-(2**63)),
    ]
    with store.write() as connection:
        write_rows(connection, inbox, rows)
        stored = connection.execute(select(inbox).order_by(inbox.c.message_id)).mappings().all()
    assert [dict(row) for row in stored] == [{**row, "kind": str(row["kind"])} for row in rows]


def test_what_a_database_cannot_hold_is_replaced_as_in_a_row_alone(store: Store) -> None:
    rows = [_row(number, device="a\0b", kind="\\u0000") for number in (1, 2)]
    with store.write() as connection:
        connection.execute(insert(inbox).values(**rows[0]))
        write_rows(connection, inbox, rows[1:])
        alone, together = connection.execute(select(inbox.c.device, inbox.c.kind).order_by(inbox.c.message_id))
    assert alone == together


def test_only_the_rows_that_are_named_change(store: Store) -> None:
    with store.write() as connection:
        write_rows(connection, inbox, [_row(number) for number in range(4)])
        key = {"device": "till-0001"}
        change_rows(connection, inbox, [{**key, "message_id": f"{at:04}", "kind": f"kind {at}"} for at in (1, 3)])
        kinds = list(connection.execute(select(inbox.c.kind).order_by(inbox.c.message_id)).scalars())
    assert kinds == ["ack", "kind 1", "ack", "kind 3"]


def test_who_reads_finds_what_was_added_before(store: Store) -> None:
    with store.write() as connection, gathering.together(connection):
        for number in range(3):
            gathering.add(connection, inbox, [_row(number)])
            assert _ids(connection) == [f"{at:04}" for at in range(number + 1)]


def test_all_rows_of_a_table_go_in_one_statement_when_nobody_reads(store: Store) -> None:
    with store.write() as connection:
        with _asked(store) as said, gathering.together(connection):
            for number in range(50):
                gathering.add(connection, inbox, [_row(number)])
            connection.execute(select(accounts)).all()
        assert [sql.split()[0] for sql in said] == ["SELECT", "INSERT"]
        assert len(_ids(connection)) == 50


def test_a_row_is_there_before_what_refers_to_it(store: Store) -> None:
    payment = next(ledger._payments(1))
    line = {"at_ms": 1, "event": "e", "from_state": None, "to_state": "settled", "reason": None, "detail": "{}"}
    with store.write() as connection, gathering.together(connection):
        # Its line is kept back before it is: the order of the tables is not that of the calls.
        gathering.add(connection, payment_events, [{"payment_id": payment.payment_id, **line}])
        payments.store(connection, None, payment, 1)
        connection.execute(insert(timers).values(payment_id=payment.payment_id, kind="k", due_at_ms=1))
    with store.read() as connection:
        assert connection.execute(select(payments_table.c.payment_id)).scalar_one() == payment.payment_id
        assert connection.execute(select(payment_events.c.to_state)).scalar_one() == "settled"


def test_what_is_kept_back_goes_with_its_transaction(store: Store) -> None:
    def spoil() -> None:
        with store.write() as connection, gathering.together(connection):
            gathering.add(connection, inbox, [_row(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spoil()
    with store.write() as connection, gathering.together(connection):
        assert _ids(connection) == []


def test_a_transaction_gathers_once(store: Store) -> None:
    with store.write() as connection, gathering.together(connection):
        with pytest.raises(AssertionError), gathering.together(connection):
            pass
        gathering.add(connection, inbox, [_row(1)])
    with store.read() as connection:
        assert _ids(connection) == ["0001"]


def test_nothing_is_kept_back_where_nobody_gathers(store: Store) -> None:
    with store.write() as connection:
        with _asked(store) as said:
            gathering.add(connection, devices, [_device()])
        assert len(said) == 1


def test_payments_that_are_settled_together_leave_the_same_books_as_one_by_one(store: Store) -> None:
    ledger.fill(store)
    ledger.settle(store, 3, 20)
    ledger.settle(store, 20, 1, start=60)
    assert ledger.is_sound(store)
    with store.read() as connection:
        numbers = list(connection.execute(select(journal_entries.c.entry_number)).scalars())
    assert sorted(numbers) == list(range(1, 1 + ledger.PAYERS + 80))


def _device() -> dict[str, Any]:
    return {"device": "till-0001", "public_key": b"k", "status": "active", "added_at_ms": 1}
