"""What the broker delivers, as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message as it came, not yet acknowledged.

    `connection` counts the connections: `packet_id` means something on that one only. `expiry_s` is what the broker
    says is left of the message's time, None where it has none.
    """

    topic: str
    payload: bytes
    packet_id: int
    connection: int
    retained: bool = False
    expiry_s: int | None = None
