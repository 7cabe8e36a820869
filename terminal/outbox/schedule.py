"""When to send what the server has not answered yet. Pure but for its own memory: no clock, no disk.

Times are milliseconds of a monotonic clock, so the schedule begins anew with every start of the terminal: everything is
due at once then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

BACKOFF_MS: Final = (1_000, 2_000, 4_000, 8_000, 16_000, 30_000)
"""Pauses before each re-send: a lost message is healed while people still stand there."""

BACKOFF_LAST_MS: Final = 60_000
"""And then every minute, as long as there is a connection; one that is lost makes everything due at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that the server has not answered. `expires_at_ms`: nobody wants it after that."""

    message_id: str
    kind: str
    payment_id: str
    content_hash: bytes
    next_send_at_ms: int
    sends: int = 0
    expires_at_ms: int | None = None


def pause_ms(sends: int) -> int:
    """How long to wait for an answer after the `sends`-th sending (from 1)."""
    return BACKOFF_MS[sends - 1] if sends <= len(BACKOFF_MS) else BACKOFF_LAST_MS


class Schedule:
    """Every message that waits for the server's answer, in the order in which they were said."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, waiting: Waiting) -> None:
        """One more message."""
        self._waiting[waiting.message_id] = waiting

    def find(self, message_id: str) -> Waiting | None:
        """What waits under this id."""
        return self._waiting.get(message_id)

    def of(self, kind: str, payment_id: str) -> tuple[str, ...]:
        """The ids of what waits of this kind for this payment."""
        found = (one for one in self._waiting.values() if (one.kind, one.payment_id) == (kind, payment_id))
        return tuple(one.message_id for one in found)

    def remove(self, message_id: str) -> None:
        """It was answered, or nobody wants it any more."""
        self._waiting.pop(message_id, None)

    def sent(self, message_id: str, now_ms: int) -> None:
        """It was sent once more."""
        waiting = self._waiting.get(message_id)
        if waiting is not None:
            sends = waiting.sends + 1
            self._waiting[message_id] = replace(waiting, sends=sends, next_send_at_ms=now_ms + pause_ms(sends))

    def postpone(self, message_id: str, until_ms: int) -> None:
        """The server is busy: not before `until_ms`."""
        waiting = self._waiting.get(message_id)
        if waiting is not None:
            self._waiting[message_id] = replace(waiting, next_send_at_ms=until_ms)

    def bring_forward(self, now_ms: int) -> None:
        """Everything is due: what was sent may have been lost."""
        for message_id, waiting in self._waiting.items():
            self._waiting[message_id] = replace(waiting, next_send_at_ms=now_ms)

    def due(self, now_ms: int) -> tuple[Waiting, ...]:
        """What is to be sent now, first said first."""
        return tuple(one for one in self._waiting.values() if one.next_send_at_ms <= now_ms)

    def expired(self, now_ms: int) -> tuple[str, ...]:
        """What nobody wants any more."""
        return tuple(
            one.message_id
            for one in self._waiting.values()
            if one.expires_at_ms is not None and one.expires_at_ms <= now_ms
        )
