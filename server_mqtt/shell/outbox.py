"""What the server has said and a terminal has not yet acknowledged. Impure: the database; nothing else.

A message is a row before it travels. It is sent, and sent again with growing pauses, until the terminal's own `ack`
names its id and content. An acknowledged row is kept for the record, without its payload, until it is pruned.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update

from server_mqtt.contract.messages import Ack
from server_mqtt.shell import gathering
from server_mqtt.shell.broker import Publication
from server_mqtt.shell.schema import outbox

BACKOFF_MS: Final = (1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 60_000)
"""Pauses before each re-send: a lost message is healed within a preset time, a terminal that is off costs little."""

BACKOFF_LAST_MS: Final = 300_000
"""And then every five minutes: a terminal that appears is sent everything at once anyway."""

KEPT_FOR_MS: Final = 7 * 24 * 3_600_000
"""A message nobody acknowledged in a week is given up: a terminal that returns asks how its payments stand."""

DUE_AT_ONCE: Final = 200
"""Re-sends in one transaction: a shop that was dark does not hold up those that pay now."""

_MS_PER_S: Final = 1_000

_ACKNOWLEDGE: Final = (
    update(outbox)
    .where(
        outbox.c.message_id == bindparam("acked_id"),
        outbox.c.device == bindparam("acked_by"),
        outbox.c.content_hash == bindparam("acked_hash"),
    )
    .values(acked_at_ms=func.coalesce(outbox.c.acked_at_ms, bindparam("now_ms")), next_send_at_ms=None, payload=None)
)

# Ordered by the index first, or what was ever acknowledged would be read through each time.
_DUE: Final = (
    select(outbox)
    .where(outbox.c.next_send_at_ms <= bindparam("now_ms"))
    .order_by(outbox.c.next_send_at_ms, outbox.c.sequence)
    .limit(DUE_AT_ONCE)
    .with_for_update(skip_locked=True)
)

_UNWANTED: Final = (
    select(outbox.c.sequence)
    .where(
        outbox.c.next_send_at_ms <= bindparam("now_ms"),
        or_(outbox.c.expires_at_ms <= bindparam("now_ms"), outbox.c.created_at_ms <= bindparam("long_ago_ms")),
    )
    .with_for_update(skip_locked=True)
)

_GIVE_UP: Final = (
    update(outbox)
    .where(outbox.c.sequence.in_(_UNWANTED))
    .values(next_send_at_ms=None, given_up_at_ms=bindparam("now_ms"), payload=None)
)

_NEXT_DUE: Final = select(func.min(outbox.c.next_send_at_ms))


def pause_ms(sends: int) -> int:
    """How long to wait for an acknowledgement after the `sends`-th sending (from 1)."""
    return BACKOFF_MS[sends - 1] if sends <= len(BACKOFF_MS) else BACKOFF_LAST_MS


def add(
    connection: Connection,
    publication: Publication,
    *,
    message_id: str,
    payment_id: str,
    content_hash: bytes,
    expires_at_ms: int | None,
    now_ms: int,
) -> None:
    """Notes `publication` as sent for the first time now; the caller publishes it after the commit."""
    row = {
        "message_id": message_id,
        "device": publication.device,
        "kind": publication.kind,
        "payment_id": payment_id,
        "content_hash": content_hash,
        "payload": publication.payload,
        "created_at_ms": now_ms,
        "expires_at_ms": expires_at_ms,
        "sends": 1,
        "next_send_at_ms": now_ms + pause_ms(1),
    }
    gathering.add(connection, outbox, [row])


def acknowledge(connection: Connection, device: str, ack: Ack, now_ms: int) -> bool:
    """Ends the re-sending of the message that `device` has; False if it names no such message or other content."""
    named = {"acked_id": ack.message_id, "acked_by": device, "acked_hash": ack.content_hash, "now_ms": now_ms}
    done = connection.execute(_ACKNOWLEDGE, named)
    return done.rowcount == 1


def bring_forward(connection: Connection, now_ms: int, device: str | None = None) -> None:
    """Makes everything unacknowledged (of one device) due now: that terminal, or the broker, has just appeared."""
    waiting = outbox.c.next_send_at_ms > now_ms
    which = waiting if device is None else waiting & (outbox.c.device == device)
    # What another worker is sending at this moment needs no bringing forward.
    free = select(outbox.c.sequence).where(which).with_for_update(skip_locked=True)
    connection.execute(update(outbox).where(outbox.c.sequence.in_(free)).values(next_send_at_ms=now_ms))


def take_due(connection: Connection, now_ms: int) -> list[Publication]:
    """What is to be sent again now; each is noted as sent once more. What nobody wants any more is given up.

    Rows that another worker has in hand are left to it.
    """
    connection.execute(_GIVE_UP, {"now_ms": now_ms, "long_ago_ms": now_ms - KEPT_FOR_MS})
    rows = connection.execute(_DUE, {"now_ms": now_ms}).all()
    for row in rows:
        connection.execute(
            update(outbox)
            .where(outbox.c.sequence == row.sequence)
            .values(sends=row.sends + 1, next_send_at_ms=now_ms + pause_ms(row.sends + 1))
        )
    return list(_publications(rows, now_ms))


def next_due_ms(connection: Connection) -> int | None:
    """When the next re-send is due."""
    due: int | None = connection.execute(_NEXT_DUE).scalar()
    return due


def expiry_s(expires_at_ms: int | None, now_ms: int) -> int | None:
    """MQTT's message expiry: whole seconds left, rounded up, at least 1; the server's deadline is the exact one."""
    if expires_at_ms is None:
        return None
    return max(1, -(-(expires_at_ms - now_ms) // _MS_PER_S))


def _publications(rows: Iterable[Row[tuple[object, ...]]], now_ms: int) -> Iterable[Publication]:
    for row in rows:
        yield Publication(
            device=row.device,
            kind=row.kind,
            payload=row.payload,
            expiry_s=expiry_s(row.expires_at_ms, now_ms),
        )
