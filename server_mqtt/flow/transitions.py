"""The transition table: every state and every event. What leads nowhere is refused with a named reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Handler
from server_mqtt.flow.events import Event


@dataclass(frozen=True, slots=True)
class Handled:
    """`by` decides; the payment stays in its state or goes to one of `to`."""

    by: Handler
    to: frozenset[PaymentState]


Cell = Handled | Reason

TABLE: Final[Mapping[tuple[PaymentState | None, type[Event]], Cell]] = {}
"""No state: there is no such payment."""
