"""Two ids that are equal: the database refuses the second, and the whole is done again under a new one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from server_mqtt.shell import payments, races
from server_mqtt.shell.schema import instructions, outbox
from server_mqtt.shell.schema import payments as payments_table
from server_mqtt.shell.store import Store
from tests.server_mqtt.shell.members import ANN, Members

_ONE, _TWO = "a" * 32, "b" * 32
_FIRST: Final = uuid.UUID(int=1)


def _drawing(monkeypatch: pytest.MonkeyPatch, draw: Callable[[], uuid.UUID]) -> None:
    monkeypatch.setattr(uuid, "uuid4", draw)


def _clock(ticks: Iterator[int]) -> Callable[[], uuid.UUID]:
    return lambda: uuid.UUID(int=next(ticks))


@pytest.mark.fault(28)
def test_an_id_that_is_drawn_again_is_refused_and_another_is_made(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = Members(store)
    _drawing(monkeypatch, _clock(iter(range(1, 1_000))))
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], 1)
    # As after a clock that was set back: the first ids that it gives are those of before.
    _drawing(monkeypatch, _clock(iter(range(1, 1_000))))
    outcome = members.committer.commit([members.arrival(ANN, members.request(_TWO))], 2)
    assert outcome.publications
    with store.read() as connection:
        first, second = (payments.find(connection, payment_id) for payment_id in (_ONE, _TWO))
        assert connection.execute(select(func.count()).select_from(instructions)).scalar() == 2
        said = connection.execute(select(outbox.c.message_id)).scalars().all()
    assert first is not None
    assert first.open is not None
    assert second is not None
    assert second.open is not None
    assert first.open.instruction_id != second.open.instruction_id
    assert len(said) == len(set(said))


@pytest.mark.fault(28)
def test_where_every_id_is_the_same_nothing_is_stored_and_the_server_ends(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = Members(store)
    monkeypatch.setattr(races, "RACE_PAUSE_S", 0)
    _drawing(monkeypatch, lambda: _FIRST)
    with pytest.raises(IntegrityError):
        members.committer.commit([members.arrival(ANN, members.request(payment_id)) for payment_id in (_ONE, _TWO)], 1)
    with store.read() as connection:
        assert connection.execute(select(payments_table)).all() == []
