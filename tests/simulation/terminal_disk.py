"""A terminal's simulated disk behind the real loop: the rules of `terminal.outbox.keeper`, without SQLite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from terminal.errors import StorageError
from terminal.outbox.book import Book, Now
from terminal.outbox.keeper import Change, Outgoing
from terminal.outbox.schedule import Schedule, Waiting
from terminal.session.state import Entry
from tests.simulation.chance import Chance, Fault
from tests.simulation.disk import KilledError


@dataclass(slots=True)
class TerminalRows:
    """What outlives the terminal's process. Moments are wall time, as in the real tables."""

    book: Book = field(default_factory=Book)
    heard_wall_ms: dict[str, int] = field(default_factory=dict)
    outgoing: dict[str, Outgoing] = field(default_factory=dict)
    incoming: dict[str, bytes] = field(default_factory=dict)


class SimulatedKeeper:
    """As `terminal.outbox.keeper.Keeper`, for one life of the terminal."""

    def __init__(self, rows: TerminalRows, chance: Chance) -> None:
        self._rows, self._chance = rows, chance
        self._fails = False
        self.schedule = Schedule()

    def restore(self, now: Now) -> Book:
        """What an earlier life left."""
        for one in self._rows.outgoing.values():
            self.schedule.add(_waiting(one, now.monotonic_ms))
        payments = tuple(self._aged(entry, now) for entry in self._rows.book.payments)
        # What is restored is what is stored, but for its ages: only what changes from here on is written.
        self._rows.book = Book(payments=payments, recents=self._rows.book.recents)
        return self._rows.book

    def keep(self, change: Change, now: Now) -> None:
        """All of `change`, or StorageError; or the terminal dies before or after."""
        if change == Change(book=self._rows.book):
            return
        if self._chance.strikes(Fault.TERMINAL_BEFORE_DISK):
            raise KilledError(Fault.TERMINAL_BEFORE_DISK)
        self._work()
        if change.heard is not None:
            assert change.heard.message_id not in self._rows.incoming, "a message was handled twice"
            self._rows.incoming[change.heard.message_id] = change.heard.content_hash
        for message_id in change.done:
            self._rows.outgoing.pop(message_id, None)
            self.schedule.remove(message_id)
        for one in change.outgoing:
            self._rows.outgoing[one.letter.message_id] = one
            self.schedule.add(_waiting(one, now.monotonic_ms))
        self._save(change.book, now)
        if self._chance.strikes(Fault.TERMINAL_AFTER_DISK):
            raise KilledError(Fault.TERMINAL_AFTER_DISK)

    def handled(self, message_id: str) -> bytes | None:
        """As the real one."""
        return self._rows.incoming.get(message_id)

    def payload(self, message_id: str) -> bytes | None:
        """As the real one."""
        one = self._rows.outgoing.get(message_id)
        return None if one is None else one.letter.payload

    def retry(self) -> None:
        """Returns if the disk works again."""
        if self._fails and not self._chance.calm and self._chance.happens(0.5):
            raise StorageError("the simulated disk still fails")
        self._fails = False

    def _work(self) -> None:
        if self._chance.calm:
            self._fails = False
        self._fails = self._fails or self._chance.strikes(Fault.TERMINAL_DISK)
        if self._fails:
            raise StorageError("the simulated disk fails")

    def _save(self, book: Book, now: Now) -> None:
        before = {entry.payment_id: entry for entry in self._rows.book.payments}
        for entry in book.payments:
            if before.get(entry.payment_id) is not entry:
                age_ms = now.monotonic_ms - entry.heard_at_ms
                self._rows.heard_wall_ms[entry.payment_id] = now.wall_ms - age_ms
        self._rows.book = book

    def _aged(self, entry: Entry, now: Now) -> Entry:
        age_ms = max(0, now.wall_ms - self._rows.heard_wall_ms[entry.payment_id])
        return replace(entry, heard_at_ms=now.monotonic_ms - age_ms)


def _waiting(one: Outgoing, now_ms: int) -> Waiting:
    return Waiting(
        message_id=one.letter.message_id,
        kind=one.letter.kind,
        payment_id=one.payment_id,
        content_hash=one.letter.content_hash,
        next_send_at_ms=now_ms,
        expires_at_ms=None if one.expires_in_ms is None else now_ms + one.expires_in_ms,
    )
