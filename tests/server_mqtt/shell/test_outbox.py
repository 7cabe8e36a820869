"""What was said is said again until it is acknowledged, ever less often, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, event, select

from server_mqtt.contract.messages import Ack
from server_mqtt.shell import outbox, people
from server_mqtt.shell.broker import Publication
from server_mqtt.shell.schema import outbox as table
from server_mqtt.shell.store import Store

_DEVICE = "terminal-one"
_ID, _HASH = "ab" * 16, bytes(32)


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as opened:
        people.open_account(opened, "DE0001", "Ann", 0)
        people.add_device(opened, _DEVICE, Ed25519PrivateKey.generate().public_key(), ["DE0001"], 0)
        yield opened


def _add(connection: Connection, *, expires_at_ms: int | None = None) -> None:
    publication = Publication(device=_DEVICE, kind="payment_status", payload=b"payload")
    outbox.add(
        connection,
        publication,
        message_id=_ID,
        payment_id="cd" * 16,
        content_hash=_HASH,
        expires_at_ms=expires_at_ms,
        now_ms=0,
    )


def test_pauses_grow_and_end_in_a_steady_one(connection: Connection) -> None:
    _add(connection)
    now, pauses = 0, []
    for _ in range(10):
        due = outbox.next_due_ms(connection)
        assert due is not None
        pauses.append(due - now)
        assert outbox.take_due(connection, due - 1) == []
        assert [publication.payload for publication in outbox.take_due(connection, due)] == [b"payload"]
        now = due
    assert pauses == [*outbox.BACKOFF_MS, *[outbox.BACKOFF_LAST_MS] * 3]


def test_an_acknowledgement_of_id_and_content_ends_it(connection: Connection) -> None:
    _add(connection)
    assert not outbox.acknowledge(connection, _DEVICE, Ack(message_id=_ID, content_hash=b"1" * 32), 5)
    assert not outbox.acknowledge(connection, "terminal-two", Ack(message_id=_ID, content_hash=_HASH), 5)
    assert outbox.acknowledge(connection, _DEVICE, Ack(message_id=_ID, content_hash=_HASH), 5)
    assert outbox.acknowledge(connection, _DEVICE, Ack(message_id=_ID, content_hash=_HASH), 9)
    row = connection.execute(select(table)).one()
    assert (row.acked_at_ms, row.payload, row.next_send_at_ms) == (5, None, None)
    assert outbox.next_due_ms(connection) is None


@pytest.mark.fault(17)
def test_what_has_expired_is_not_sent_again(connection: Connection) -> None:
    _add(connection, expires_at_ms=1_500)
    (first,) = outbox.take_due(connection, 1_000)
    assert first.expiry_s == 1
    assert outbox.take_due(connection, 3_000) == []
    assert connection.execute(select(table.c.given_up_at_ms)).scalar() == 3_000


def test_a_terminal_that_appears_gets_everything_at_once(connection: Connection) -> None:
    _add(connection)
    outbox.bring_forward(connection, 10, "terminal-two")
    assert outbox.take_due(connection, 10) == []
    outbox.bring_forward(connection, 10, _DEVICE)
    assert len(outbox.take_due(connection, 10)) == 1


def test_nobody_is_called_for_ever(connection: Connection) -> None:
    _add(connection)
    assert outbox.take_due(connection, outbox.KEPT_FOR_MS) == []
    assert outbox.next_due_ms(connection) is None


@pytest.mark.parametrize(("left_ms", "expected"), [(1, 1), (1_000, 1), (1_001, 2), (-5, 1)])
def test_expiry_is_rounded_up(left_ms: int, expected: int) -> None:
    assert outbox.expiry_s(left_ms, 0) == expected
    assert outbox.expiry_s(None, 0) is None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_was_acknowledged_long_ago_is_not_read_through_again(connection: Connection) -> None:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(connection, "before_cursor_execute", note)
    _add(connection)
    outbox.take_due(connection, 5_000)
    outbox.next_due_ms(connection)
    event.remove(connection, "before_cursor_execute", note)
    for statement in statements:
        if statement.startswith("INSERT"):
            continue
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?")).all()
        assert not [row for row in plan if row[3].startswith("SCAN")], (statement, plan)
