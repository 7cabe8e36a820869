"""The machine's one function: `(payment, event, facts, now) -> Decision`, by the table in `transitions.py`. Pure.

It never raises for anything a terminal can do. It raises FlowInvariantError, an AssertionError, for a fault of ours.
"""

from __future__ import annotations

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Decision, refuse
from server_mqtt.flow.events import Event
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.states import Payment
from server_mqtt.flow.transitions import TABLE


def decide(payment: Payment | None, event: Event, facts: Facts, now_ms: int) -> Decision:
    """What becomes of `payment` (None: there is none of this id) by `event` at `now_ms` of the server's clock."""
    cell = TABLE[None if payment is None else payment.state, type(event)]
    if isinstance(cell, Reason):
        return refuse(payment, cell)
    return cell.by(payment, event, facts, now_ms)
