"""Keeps what the session knows and says on disk, in one transaction per event, and knows when the disk does not.

Impure: the disk. A disk that fails is a state, not an end: `keep` raises, `retry` tries again, nothing is half done.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from server_mqtt.contract.receipt import Receipt
from terminal.errors import StorageError, StorageRefusedError
from terminal.outbox import book as book_rows
from terminal.outbox import incoming, outgoing, receipts
from terminal.outbox.book import Book, Now
from terminal.outbox.letters import Letter
from terminal.outbox.schedule import Schedule, Waiting
from terminal.outbox.store import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to keep until the server answers it. `expires_in_ms`: nobody wants it after that."""

    letter: Letter
    payment_id: str
    expires_in_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message of the server, by its id and content."""

    message_id: str
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Everything that one event changes on disk: all of it, or nothing.

    `heard`: the server's message that was the event. `done`: messages of ours that need not be sent again. `receipt`:
    one the server gave us.
    """

    book: Book
    outgoing: tuple[Outgoing, ...] = ()
    heard: Heard | None = None
    done: tuple[str, ...] = ()
    receipt: Receipt | None = None


class Keeper:
    """The disk of one terminal. Used by one thread at a time."""

    def __init__(self, folder: Path, device: str) -> None:
        """Raises StorageRefusedError; a disk that does not work is tried again by `retry`."""
        self._folder, self._device = folder, device
        self._stored = Book()
        self._store: Store | None = None
        self.schedule = Schedule()
        self._open()

    def restore(self, now: Now) -> Book:
        """What an earlier run left; its unanswered messages are due now. Raises StorageError."""
        store = self._opened()
        with store.reading() as connection:
            self._stored = book_rows.load(connection, now)
            for waiting in outgoing.waiting(connection, now.monotonic_ms):
                self.schedule.add(waiting)
        return self._stored

    def keep(self, change: Change, now: Now) -> None:
        """Returns when `change` is on disk; raises StorageError and has changed nothing."""
        if change == Change(book=self._stored):
            return
        store = self._opened()
        with store.transaction() as connection:
            if change.heard is not None:
                incoming.remember(connection, change.heard.message_id, change.heard.content_hash)
            for message_id in change.done:
                outgoing.remove(connection, message_id)
            for one in change.outgoing:
                outgoing.add(connection, one.letter, one.payment_id, one.expires_in_ms)
            if change.receipt is not None:
                receipts.add(connection, change.receipt)
            book_rows.save(connection, self._stored, change.book, now)
        self._stored = change.book
        for message_id in change.done:
            self.schedule.remove(message_id)
        for one in change.outgoing:
            self.schedule.add(_waiting(one, now.monotonic_ms))
        if change.done and not len(self.schedule):
            self._shred(store)

    def handled(self, message_id: str) -> bytes | None:
        """The content hash under which the server's message was handled before. Raises StorageError."""
        with self._opened().reading() as connection:
            return incoming.hash_of(connection, message_id)

    def payload(self, message_id: str) -> bytes | None:
        """A message of ours, as it travels. Raises StorageError."""
        with self._opened().reading() as connection:
            return outgoing.payload(connection, message_id)

    def receipts(self, payment_id: str) -> list[Receipt]:
        """The receipts kept of a payment, oldest first. Raises StorageError."""
        with self._opened().reading() as connection:
            return receipts.of_payment(connection, payment_id)

    def retry(self) -> None:
        """Returns if the disk works again; raises StorageError."""
        if self._store is None:
            self._open()
        self._opened().probe()

    def close(self) -> None:
        """Give the disk up; calling it again does nothing."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _shred(self, store: Store) -> None:
        """What is deleted is sealed: that it stays a little longer is no reason to fail what was kept."""
        try:
            store.shred()
        except StorageError as error:
            log.warning("storage_not_shredded", why=str(error))

    def _opened(self) -> Store:
        if self._store is None:
            raise StorageError(f"the terminal's data in {self._folder} cannot be used")
        return self._store

    def _open(self) -> None:
        try:
            self._store = Store.open(self._folder, self._device)
        except StorageRefusedError:
            raise
        except StorageError as error:
            log.warning("storage_not_opened", why=str(error))


def _waiting(one: Outgoing, now_ms: int) -> Waiting:
    return Waiting(
        message_id=one.letter.message_id,
        kind=one.letter.kind,
        payment_id=one.payment_id,
        content_hash=one.letter.content_hash,
        next_send_at_ms=now_ms,
        expires_at_ms=None if one.expires_in_ms is None else now_ms + one.expires_in_ms,
    )
