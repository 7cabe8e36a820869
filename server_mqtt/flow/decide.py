"""The machine's one function: `(payment, event, facts, now) -> Decision`, by the table in `transitions.py`. Pure.

It never raises for anything a terminal can do. It raises FlowInvariantError, an AssertionError, for a fault of ours.
"""

from __future__ import annotations

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decision import Decision
from server_mqtt.flow.events import Event, Extended, PayeeCaptured, PayerCaptured, Queried, Refused, Stopped
from server_mqtt.flow.facts import Facts, Party
from server_mqtt.flow.invariants import check
from server_mqtt.flow.orders import RefundOrdered, ReleaseOrdered, carried_out
from server_mqtt.flow.receipting import receipts_of
from server_mqtt.flow.states import Payment
from server_mqtt.flow.telling import payers_terminals
from server_mqtt.flow.transitions import TABLE


def decide(payment: Payment | None, event: Event, facts: Facts, now_ms: int) -> Decision:
    """What becomes of `payment` (None: there is none of this id) by `event` at `now_ms` of the server's clock."""
    if payment is not None and not _has_part(payment, event, facts):
        return Decision(payment=payment, refusal=Reason.NOT_YOUR_PAYMENT)
    order = event if isinstance(event, ReleaseOrdered | RefundOrdered) else None
    if payment is not None and order is not None and carried_out(order) in payment.orders:
        # The same order again, whatever became of the payment since: it is done already.
        return Decision(payment=payment)
    cell = TABLE[None if payment is None else payment.state, type(event)]
    if isinstance(cell, Reason):
        return Decision(payment=payment, refusal=cell)
    outcome = cell.by(payment, event, facts, now_ms)
    if isinstance(outcome, Reason):
        return Decision(payment=payment, refusal=outcome)
    check(payment, cell.to, outcome, order)
    return Decision(payment=outcome.payment, effects=(*outcome.effects, *receipts_of(payment, outcome.payment)))


def _has_part(payment: Payment, event: Event, facts: Facts) -> bool:
    """Whether the terminal that speaks has the part in this payment that its message claims.

    Looked at before the table, so that nobody learns anything of a payment of others.
    """
    match event:
        case PayerCaptured():
            return event.device == payment.payer_device and event.device in _devices(facts.payer)
        case Stopped():
            return event.device == payment.payer_device
        case PayeeCaptured() | Refused():
            return event.device in _devices(facts.payee)
        case Extended():
            return event.device in payers_terminals(payment, facts.payer) and event.device in _devices(facts.payer)
        case Queried():
            return event.device in (*payers_terminals(payment, facts.payer), *_devices(facts.payee))
        case _:
            return True


def _devices(party: Party | None) -> tuple[str, ...]:
    return () if party is None else party.devices
