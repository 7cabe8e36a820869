"""Which messages were answered, and how: the same message gets the same reply. Impure: the database only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, text

from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.schema import inbox

_FIND: Final = select(inbox.c.content_hash, inbox.c.reply).where(
    inbox.c.device == bindparam("device"), inbox.c.message_id == bindparam("message_id")
)
_REMEMBER: Final = insert(inbox)

_COUNT: Final = text(
    """INSERT INTO counters (name, reason, count) VALUES (:name, :reason, 1)
    ON CONFLICT (name, reason) DO UPDATE SET count = counters.count + 1"""
)
"""One statement, so that two workers that count the same reason for the first time do not collide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A message that was answered before."""

    content_hash: bytes
    reply: bytes


def find(connection: Connection, device: str, message_id: str) -> Answered | None:
    """What was answered to this message of this device."""
    row = connection.execute(_FIND, {"device": device, "message_id": message_id}).one_or_none()
    return None if row is None else Answered(content_hash=row.content_hash, reply=row.reply)


def remember(connection: Connection, envelope: Envelope, reply: bytes, now_ms: int) -> None:
    """Keeps `reply` (its whole envelope) as the answer to this message, until it is pruned."""
    connection.execute(
        _REMEMBER,
        {
            "device": envelope.device,
            "message_id": envelope.message_id,
            "kind": envelope.kind,
            "content_hash": envelope.content_hash(Direction.UP),
            "reply": reply,
            "received_at_ms": now_ms,
        },
    )


def count(connection: Connection, name: str, reason: str) -> None:
    """One more of these."""
    connection.execute(_COUNT, {"name": name, "reason": reason})
