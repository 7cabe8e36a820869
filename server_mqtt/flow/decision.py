"""What a decision is, and the small moves that handlers share. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.effects import Effect
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.states import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The payment after an event, and what is to be done about it, in order.

    With a refusal the payment is the one before and there are no effects: the event changes nothing. The sender of a
    message is told the reason; for an event of the server's own it says why nothing is to be done.
    `payment` is None only if there was none before: with a refusal.
    """

    payment: Payment | None
    effects: tuple[Effect, ...] = ()
    refusal: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a handler makes of a payment that counts: a decision that is no refusal."""

    payment: Payment
    effects: tuple[Effect, ...] = ()

    def after(self, *effects: Effect) -> Next:
        """The same with these effects before its own."""
        return replace(self, effects=(*effects, *self.effects))

    def then(self, *effects: Effect) -> Next:
        """The same with these effects behind its own."""
        return replace(self, effects=(*self.effects, *effects))


Handler = Callable[[Any, Any, Facts, int], Next | Reason]
"""`(payment, event, facts, now_ms)`, of the types that its row and column of the table name. A reason refuses."""


def change(payment: Payment) -> Next:
    """`payment`, which is another than before."""
    return Next(payment=replace(payment, revision=payment.revision + 1))
