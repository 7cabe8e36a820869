"""The journal's chain: each entry's hash covers everything in it and the hash before it. Pure.

So nobody can change, reorder, insert or remove an entry without changing every hash after it. Entries cut off at the
end leave a whole chain: only an anchor (number and hash of an entry, kept elsewhere) shows that they are missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server_mqtt.ledger.entries import Entry, Posting

_DOMAIN: Final = b"countersign/v1/journal entry"

GENESIS: Final = bytes(32)
"""What stands before the first entry."""

_INTEGER_BYTES: Final = 9
"""Enough for every 64-bit number with its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The place of an entry in the chain. Number 0 is the beginning."""

    number: int
    entry_hash: bytes


START: Final = Anchor(number=0, entry_hash=GENESIS)
"""The anchor of an empty journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedEntry:
    """An entry as the journal holds it. `at_ms` is the server's time when it was posted."""

    number: int
    at_ms: int
    entry: Entry
    previous_hash: bytes
    entry_hash: bytes

    @property
    def anchor(self) -> Anchor:
        """Its own place."""
        return Anchor(number=self.number, entry_hash=self.entry_hash)


def chain(last: Anchor, entry: Entry, at_ms: int) -> ChainedEntry:
    """`entry` as the one after `last`."""
    number = last.number + 1
    return ChainedEntry(
        number=number,
        at_ms=at_ms,
        entry=entry,
        previous_hash=last.entry_hash,
        entry_hash=hash_of(number, at_ms, entry.kind, entry.payment_id, entry.postings, last.entry_hash),
    )


def hash_of(
    number: int, at_ms: int, kind: str, payment_id: str, postings: Iterable[Posting], previous_hash: bytes
) -> bytes:
    """SHA-256 over the entry's one canonical form: every part with its length before it, numbers as 9 bytes."""
    parts = [_DOMAIN, previous_hash, _integer(number), _integer(at_ms), _text(kind), _text(payment_id)]
    for posting in postings:
        parts += _parts(posting)
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def _parts(posting: Posting) -> list[bytes]:
    return [_text(posting.ledger_account), _text(posting.currency), _integer(posting.amount_minor)]


def _integer(value: int) -> bytes:
    return value.to_bytes(_INTEGER_BYTES, "big", signed=True)


def _text(value: str) -> bytes:
    return value.encode("utf-8")
