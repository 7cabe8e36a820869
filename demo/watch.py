"""What the server does, seen in its database as `countersign-server payments follow` sees it. Impure: reads it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.steps import Step
from server_mqtt.shell import history
from server_mqtt.shell.store import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent:
    """A payment moved. `at_ms` is on the monotonic clock, `wall_ms` is the server's own time."""

    payment_id: str
    at_ms: int
    wall_ms: int
    step: Step
    before: PaymentState | None
    to: PaymentState
    reason: str


class ServerWatch:
    """Events since the last look."""

    def __init__(self, data: Path) -> None:
        """Raises StoreError where there is no database in `data`."""
        self._store = open_store(data)
        self._last = 0

    def skip(self) -> None:
        """What has happened until now is no news."""
        with self._store.read() as connection:
            self._last = history.last_event(connection)

    def news(self) -> list[PaymentEvent]:
        """Oldest first."""
        with self._store.read() as connection:
            rows = history.events_after(connection, self._last)
        # Both ends of the offset are this machine's clocks, so that server and terminals are told on one line of time.
        offset_ms = time.monotonic_ns() // 1_000_000 - time.time_ns() // 1_000_000
        if rows:
            self._last = int(rows[-1]["number"])
        return [
            PaymentEvent(
                payment_id=row["payment_id"],
                at_ms=row["at_ms"] + offset_ms,
                wall_ms=row["at_ms"],
                step=Step(row["event"]),
                before=PaymentState(row["from"]) if row["from"] else None,
                to=PaymentState(row["to"]),
                reason=row["reason"] or "",
            )
            for row in rows
        ]

    def close(self) -> None:
        """Give the files back."""
        self._store.close()
