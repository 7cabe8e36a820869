"""All of an event is on disk or nothing of it; what is not on disk is not in the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract.messages import PayerStop
from terminal.errors import StorageError, StorageRefusedError
from terminal.outbox import outgoing
from terminal.outbox.book import Book, Now
from terminal.outbox.keeper import Change, Heard, Keeper, Outgoing
from terminal.outbox.letters import Pen
from terminal.session.state import Entry

DEVICE = "payer-terminal"
PAYMENT = "ab" * 16
NOW = Now(monotonic_ms=1_000, wall_ms=1_000_000)
BOOK = Book(payments=(Entry(payment_id=PAYMENT, payee_account="4000-0002", amount_minor=1, currency="EUR"),))
HEARD = Heard(message_id="cd" * 16, content_hash=bytes(32))
PEN = Pen(DEVICE, Ed25519PrivateKey.generate())


def letter(expires_in_ms: int | None = None) -> Outgoing:
    body = PayerStop(payment_id=PAYMENT)
    return Outgoing(letter=PEN.write(body), payment_id=PAYMENT, expires_in_ms=expires_in_ms)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    opened = Keeper(tmp_path, DEVICE)
    yield opened
    opened.close()


def fill_the_disk(keeper: Keeper) -> None:
    assert keeper._store is not None
    with keeper._store.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")


def make_room(keeper: Keeper) -> None:
    assert keeper._store is not None
    with keeper._store.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")


def test_a_restart_finds_everything_due(keeper: Keeper, tmp_path: Path) -> None:
    first, second = letter(), letter(expires_in_ms=30_000)
    keeper.keep(Change(book=BOOK, outgoing=(first, second), heard=HEARD), NOW)
    keeper.schedule.sent(first.letter.message_id, 1_000)
    keeper.close()

    again = Keeper(tmp_path, DEVICE)
    later = Now(monotonic_ms=7, wall_ms=1_060_000)
    assert [entry.payment_id for entry in again.restore(later).payments] == [PAYMENT]
    due = again.schedule.due(7)
    assert [one.message_id for one in due] == [first.letter.message_id, second.letter.message_id]
    assert [one.expires_at_ms for one in due] == [None, 30_007]
    assert again.payload(second.letter.message_id) == second.letter.payload
    assert again.handled(HEARD.message_id) == HEARD.content_hash
    again.close()


def test_what_was_answered_is_gone_from_schedule_and_disk(keeper: Keeper, tmp_path: Path) -> None:
    kept = letter()
    keeper.keep(Change(book=BOOK, outgoing=(kept,)), NOW)
    keeper.keep(Change(book=BOOK, done=(kept.letter.message_id,)), NOW)
    assert len(keeper.schedule) == 0
    assert keeper.payload(kept.letter.message_id) is None
    keeper.close()
    assert not any(kept.letter.payload in path.read_bytes() for path in tmp_path.iterdir())


def test_a_full_disk_keeps_nothing_and_says_so(keeper: Keeper) -> None:
    keeper.keep(Change(book=BOOK), NOW)
    fill_the_disk(keeper)
    change = Change(book=replace(BOOK, payments=()), heard=HEARD, outgoing=tuple(letter() for _ in range(60)))
    with pytest.raises(StorageError, match="full"):
        keeper.keep(change, NOW)
    assert len(keeper.schedule) == 0
    assert keeper.handled(HEARD.message_id) is None
    assert keeper.restore(NOW).payments == BOOK.payments

    make_room(keeper)
    keeper.retry()
    keeper.keep(change, NOW)
    assert len(keeper.schedule) == 60
    assert keeper.handled(HEARD.message_id) == HEARD.content_hash


def test_what_waits_is_bounded(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OUTGOING_MAX", 3)
    keeper.keep(Change(book=BOOK, outgoing=tuple(letter() for _ in range(3))), NOW)
    with pytest.raises(StorageError, match="no more are kept"):
        keeper.keep(Change(book=BOOK, outgoing=(letter(),)), NOW)
    assert len(keeper.schedule) == 3


def test_a_disk_that_appears_later_is_taken_up(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.write_text("the card is not mounted")
    keeper = Keeper(folder, DEVICE)
    for fails in (lambda: keeper.keep(Change(book=BOOK), NOW), keeper.retry, lambda: keeper.restore(NOW)):
        with pytest.raises(StorageError):
            fails()
    folder.unlink()
    keeper.retry()
    keeper.keep(Change(book=BOOK), NOW)
    assert keeper.restore(NOW) == BOOK
    keeper.close()


def test_another_terminals_disk_is_refused_at_once(keeper: Keeper, tmp_path: Path) -> None:
    keeper.close()
    with pytest.raises(StorageRefusedError):
        Keeper(tmp_path, "payee-terminal")
