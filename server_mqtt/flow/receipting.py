"""When both ends get a receipt: whenever the money has moved or can move no more. Pure.

A request that was declined at once has none: no other end was ever bothered, and the reply says it all. A payment that
was declined later has one, so that both ends hold proof that nothing moved.
"""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.effects import GiveReceipt
from server_mqtt.flow.states import FINAL, Payment

RECEIPTED: Final = FINAL | {PaymentState.HELD}
"""States whose entrance is worth a receipt. Money that was held has two: of the hold, and of its end."""


def receipts_of(before: Payment | None, after: Payment) -> tuple[GiveReceipt, ...]:
    """The receipt that `after` deserves, if it has just entered such a state."""
    entered = before is not None and before.state is not after.state and after.state in RECEIPTED
    return (GiveReceipt(payment=after),) if entered else ()
