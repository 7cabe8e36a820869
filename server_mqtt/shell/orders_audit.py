"""Whether all that moved by order was ordered: by two people, whose signatures still hold. Impure: reads the database.

The journal proves that nobody changed it afterwards; this, that what is in it for operators was two people's will.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.orders import OrderKind
from server_mqtt.ledger.entries import EntryKind
from server_mqtt.shell.operator_tables import orders
from server_mqtt.shell.orders import DONE, is_answered, is_asked
from server_mqtt.shell.schema import journal_entries, payments, postings
from server_mqtt.shell.statements import Answer

Sums: TypeAlias = Mapping[str, Mapping[OrderKind, int]]
"""Minor units that orders moved, by payment and kind."""


def check_orders(connection: Connection) -> Iterator[str]:
    """What is wrong, one finding each, in words that name the order or the payment."""
    done: dict[str, dict[OrderKind, int]] = defaultdict(lambda: dict.fromkeys(OrderKind, 0))
    for row in connection.execute(select(orders).where(orders.c.state == DONE).order_by(orders.c.asked_at_ms)):
        if not is_asked(connection, row):
            yield f"order {row.order_id} is done, but {row.asked_by} has not signed it as it is"
        if not is_answered(connection, row, Answer.APPROVE):
            yield f"order {row.order_id} is done, but no second person has signed it"
        done[row.payment_id][OrderKind(row.kind)] += row.amount_minor
    yield from _unordered(connection, done)


def _unordered(connection: Connection, done: Sums) -> Iterator[str]:
    """Parts that nobody ordered, and orders that moved nothing."""
    returned = _returned(connection)
    parts = payments.c.released_minor + payments.c.refunded_minor
    for row in connection.execute(select(payments).where(parts > 0).order_by(payments.c.created_at_ms)):
        ordered = done.get(row.payment_id, dict.fromkeys(OrderKind, 0))
        moved = {OrderKind.RELEASE: row.released_minor, OrderKind.REFUND: row.refunded_minor}
        for kind in OrderKind:
            # A hold loses parts by order only; how it ends, not only operators decide.
            exactly = row.state == PaymentState.HELD
            if ordered[kind] > moved[kind] or (exactly and ordered[kind] < moved[kind]):
                yield (
                    f"payment {row.payment_id} has {moved[kind]} {row.currency} as its {kind.value},"
                    f" where two operators ordered {ordered[kind]}"
                )
        back_minor = returned.get(row.payment_id, 0)
        if back_minor > ordered[OrderKind.REFUND]:
            yield (
                f"payment {row.payment_id} gave back {back_minor} {row.currency}, where two operators ordered"
                f" {ordered[OrderKind.REFUND]}"
            )
    still = select(payments.c.payment_id).where(parts == 0, payments.c.payment_id.in_(list(done)))
    for payment_id in connection.execute(still).scalars():
        yield f"payment {payment_id} moved nothing, where two operators ordered it"


def _returned(connection: Connection) -> dict[str, int]:
    """What payees gave back, by payment."""
    rows = connection.execute(
        select(journal_entries.c.payment_id, func.sum(postings.c.amount_minor).label("moved_minor"))
        .join(postings, postings.c.entry_number == journal_entries.c.entry_number)
        .where(journal_entries.c.kind == EntryKind.RETURN.value, postings.c.amount_minor > 0)
        .group_by(journal_entries.c.payment_id)
    )
    return {row.payment_id: int(row.moved_minor) for row in rows}
