"""What one transaction gathers while it runs, to be done after its commit. Mutable, used by the writer thread only."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from server_mqtt.shell.broker import Publication
from server_mqtt.shell.comparison import PendingComparison


@dataclass(slots=True, kw_only=True)
class Turn:
    """One piece of work inside a transaction, with its own savepoint: what it wants done once all is committed."""

    connection: Connection
    now_ms: int
    publications: list[Publication] = field(default_factory=list)
    comparisons: list[PendingComparison] = field(default_factory=list)
    notes: list[dict[str, object]] = field(default_factory=list)

    def note(self, event: str, **values: object) -> None:
        """A line for the log, written only if what it tells of is committed."""
        self.notes.append({"event": event, **values})

    def take_over(self, other: Turn) -> None:
        """Adds what another turn of the same transaction gathered."""
        self.publications += other.publications
        self.comparisons += other.comparisons
        self.notes += other.notes
