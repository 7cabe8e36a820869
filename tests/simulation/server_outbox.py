"""What the simulated server says again, by the schedule of `shell.outbox`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from server_mqtt.shell import outbox
from server_mqtt.shell.broker import Publication
from tests.simulation.disk import Rows
from tests.simulation.server_rows import Outgoing


def bring_forward(waiting: Rows[str, Outgoing], now_ms: int, device: str | None) -> None:
    """Everything unacknowledged (of one device) is due."""
    for message_id, row in list(waiting.kept.items()):
        if row.next_send_at_ms > now_ms and device in (None, row.device):
            waiting.write(message_id, replace(row, next_send_at_ms=now_ms))


def take_due(waiting: Rows[str, Outgoing], now_ms: int) -> Iterator[Publication]:
    """What is due, once more; what nobody wants any more is given up."""
    due_now = [item for item in waiting.kept.items() if item[1].next_send_at_ms <= now_ms]
    for message_id, row in sorted(due_now, key=lambda item: (item[1].next_send_at_ms, item[1].sequence)):
        expired = row.expires_at_ms is not None and row.expires_at_ms <= now_ms
        if expired or row.created_at_ms <= now_ms - outbox.KEPT_FOR_MS:
            waiting.erase(message_id)
            continue
        pause_ms = outbox.pause_ms(row.sends + 1)
        waiting.write(message_id, replace(row, sends=row.sends + 1, next_send_at_ms=now_ms + pause_ms))
        yield Publication(
            device=row.device, kind=row.kind, payload=row.payload, expiry_s=outbox.expiry_s(row.expires_at_ms, now_ms)
        )
