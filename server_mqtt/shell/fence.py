"""How far the database has come that this server works on, kept outside it, so that an older copy is noticed. Impure.

A standby that lagged when it was promoted, and a backup put back, look like any other database: nothing in them says
that there was more. So a server writes down what it has seen committed, in a file beside its other state, before it
tells any terminal of it; and it writes nothing into a database that does not contain that. The file is handed to the
operating system at every commit that changed something, and to the disk every SYNC_EVERY_S: what the power failure of
the server's own machine may take from it is that much of the fence, and no payment.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, literal, select, true

from server_mqtt.ledger.journal import START, Anchor
from server_mqtt.shell.errors import OperatorError, StaleStoreError, StoreError
from server_mqtt.shell.files import sync_folder
from server_mqtt.shell.journal import last_anchor
from server_mqtt.shell.schema import journal_entries, payment_events

FILE_NAME: Final = "seen-committed"

SYNC_EVERY_S: Final = 5.0
"""One durable write more in so many seconds is not felt; one more for every commit would halve the rate."""

_entry = select(journal_entries).order_by(journal_entries.c.entry_number.desc()).limit(1).subquery()
_event = select(payment_events).order_by(payment_events.c.event_id.desc()).limit(1).subquery()
_NEWEST: Final = select(_entry.c.entry_number, _entry.c.entry_hash, _event.c.event_id, _event.c.payment_id).select_from(
    select(literal(1)).subquery().outerjoin(_entry, true()).outerjoin(_event, true())
)
"""Both in one statement: it is one more in every transaction."""

_CHECKED: Final = "countersign_fence_checked"
"""What is noted at a connection whose database was found to contain everything."""

_SLOT_BYTES: Final = 512
"""A disk writes so much whole or not at all. The two slots are written in turn, so that one is always whole."""

_SLOTS: Final = 2

_LINE: Final = re.compile(
    r"(?P<entry>[0-9]{1,19}) (?P<hash>[0-9a-f]{64}) (?P<event>[0-9]{1,19}) (?P<payment>[0-9a-f]{32}|-) "
    r"(?P<sum>[0-9a-f]{64}) *\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a database has come: the newest entry of its ledger, and the newest line of its payments' histories."""

    anchor: Anchor = START
    event_id: int = 0
    payment_id: str = ""
    """Whose line that is; empty where there is none."""


def newest(connection: Connection) -> Mark:
    """How far the database has come, with what the open transaction did."""
    row = connection.execute(_NEWEST).one()
    anchor = START if row.entry_number is None else Anchor(number=row.entry_number, entry_hash=row.entry_hash)
    return Mark(anchor=anchor, event_id=row.event_id or 0, payment_id=row.payment_id or "")


def missing(connection: Connection, seen: Mark) -> str | None:
    """What of `seen` the database does not contain, in words; None if it contains all."""
    number = seen.anchor.number
    entry_hash = connection.execute(
        select(journal_entries.c.entry_hash).where(journal_entries.c.entry_number == number)
    ).scalar()
    if number and entry_hash != seen.anchor.entry_hash:
        if entry_hash is not None:
            return f"another entry {number} in its ledger"
        return f"a ledger that ends at entry {last_anchor(connection).number}, not at {number}"
    event = payment_events.c
    whose = connection.execute(select(event.payment_id).where(event.event_id == seen.event_id)).scalar()
    if seen.event_id and whose != seen.payment_id:
        return f"no step {seen.event_id} in the history of payment {seen.payment_id}"
    return None


class Fence:
    """The file. Every method reads it anew: other processes of the same folder write it too."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._synced_s: float | None = None

    def check(self, connection: Connection) -> None:
        """Raises StaleStoreError if this connection's database lacks what was seen; looked up once a connection."""
        if connection.info.get(_CHECKED):
            return
        lacks = missing(connection, self.seen())
        if lacks is not None:
            # So that the next one is opened anew, perhaps to another host.
            connection.invalidate()
            raise StaleStoreError(
                f"this is an older copy of the database, with {lacks}: bring the right one back, or, if what is missing"
                " is lost, `countersign-server ledger accept-loss`"
            )
        connection.info[_CHECKED] = True

    def seen(self) -> Mark:
        """The newest that was ever noted; raises StoreError if the file cannot be read."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Mark()
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}") from None
        return self._newest_of(_slots(content), content)

    def note(self, mark: Mark) -> None:
        """Keeps `mark`, which is committed, unless as much was seen before; raises StoreError if it cannot."""
        try:
            with self._locked() as descriptor:
                content = os.pread(descriptor, _SLOT_BYTES * _SLOTS, 0)
                slots = _slots(content)
                known = self._newest_of(slots, content)
                merged = Mark(
                    anchor=max(known.anchor, mark.anchor, key=lambda anchor: anchor.number),
                    event_id=max(known.event_id, mark.event_id),
                    payment_id=mark.payment_id if mark.event_id > known.event_id else known.payment_id,
                )
                if merged == known:
                    return
                older = min(range(_SLOTS), key=lambda slot: _age(slots[slot]))
                # A new file gets both.
                copies = 1 if content else _SLOTS
                os.pwrite(descriptor, _written(merged) * copies, older * _SLOT_BYTES)
                self._sync_now_and_then(descriptor)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}") from None

    def lacks(self, connection: Connection) -> str:
        """What of all that was seen the database lacks; raises OperatorError if it lacks nothing."""
        found = missing(connection, self.seen())
        if found is None:
            raise OperatorError("nothing is missing: the database contains all that this server has seen")
        return found

    def accept_loss(self, connection: Connection) -> Path:
        """Takes the database for all there is; where what was seen is kept. Raises StoreError."""
        base = f"{FILE_NAME}.lost-{self.seen().anchor.number}"
        try:
            free = (self.path.with_name(f"{base}-{copy}") for copy in itertools.count(1))
            kept = next(path for path in free if not path.exists())
            self.path.rename(kept)
            self._synced_s = None
            self.note(newest(connection))
            sync_folder(self.path.parent)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}") from None
        return kept

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _sync_now_and_then(self, descriptor: int) -> None:
        now_s = time.monotonic()
        if self._synced_s is None or now_s >= self._synced_s + SYNC_EVERY_S:
            os.fsync(descriptor)
            self._synced_s = now_s

    def _newest_of(self, slots: list[Mark | None], content: bytes) -> Mark:
        whole = [mark for mark in slots if mark is not None]
        if not whole and content.strip(b"\0"):
            raise StoreError(f"{self.path} is damaged: look at the database with `ledger verify`, then move it away")
        return max(whole, key=_age, default=Mark())


def _age(mark: Mark | None) -> tuple[int, int]:
    return (-1, -1) if mark is None else (mark.anchor.number, mark.event_id)


def _slots(content: bytes) -> list[Mark | None]:
    parts = (content[slot * _SLOT_BYTES : (slot + 1) * _SLOT_BYTES] for slot in range(_SLOTS))
    return [_read(part) for part in parts]


def _read(slot: bytes) -> Mark | None:
    found = _LINE.fullmatch(slot.decode("ascii", "replace"))
    if found is None:
        return None
    mark = Mark(
        anchor=Anchor(number=int(found["entry"]), entry_hash=bytes.fromhex(found["hash"])),
        event_id=int(found["event"]),
        payment_id="" if found["payment"] == "-" else found["payment"],
    )
    return mark if _written(mark) == slot else None


def _written(mark: Mark) -> bytes:
    line = f"{mark.anchor.number} {mark.anchor.entry_hash.hex()} {mark.event_id} {mark.payment_id or '-'} "
    return f"{line}{hashlib.sha256(line.encode()).hexdigest()}".ljust(_SLOT_BYTES - 1).encode() + b"\n"
