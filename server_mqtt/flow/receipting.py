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
"""States whose entrance is worth a receipt. Money that was held has two: of the hold, and of its end; and one
more of each part that was released or refunded meanwhile or afterwards."""


def receipts_of(before: Payment | None, after: Payment) -> tuple[GiveReceipt, ...]:
    """The receipt that `after` deserves, if it has just entered such a state, or money has just moved in one."""
    if before is None or after.state not in RECEIPTED:
        return ()
    entered = before.state is not after.state
    moved = (before.released_minor, before.refunded_minor) != (after.released_minor, after.refunded_minor)
    return (GiveReceipt(payment=after),) if entered or moved else ()
