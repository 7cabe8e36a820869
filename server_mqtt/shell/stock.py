"""What lies in the database at this moment, as figures: open payments, frozen money, what waits. Impure: reads it.

Every question is answered by an index over what is open or waiting, so that the answer does not grow with history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, literal, select

from server_mqtt.contract.messages import PaymentState
from server_mqtt.ledger.accounts import ESCROW
from server_mqtt.shell.payments import OPEN
from server_mqtt.shell.people import ACTIVE
from server_mqtt.shell.schema import attempts, devices, ledger_accounts, outbox, payments, tallies, timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Counts, and ages in milliseconds."""

    at_ms: int
    open_payments: Mapping[str, int]
    held: Mapping[str, tuple[int, int]]
    """By currency: payments whose money is frozen, and how much, in minor units."""
    outbox_waiting: int
    outbox_oldest_ms: int
    timer_late_ms: int
    """How long ago the timer was due that was due longest; 0 if none is."""
    comparisons_pending: int
    terminals: int
    terminals_online: int
    locked_out: int
    """Accounts and modalities that failed so often in a row that they had to wait, or must be unlocked."""


def take_stock(connection: Connection, now_ms: int, lockout_failures: int) -> Stock:
    """The figures now; `lockout_failures` is the policy's."""
    waiting, oldest_ms = connection.execute(
        select(func.count(), func.min(outbox.c.created_at_ms)).where(outbox.c.next_send_at_ms.is_not(None))
    ).one()
    due_ms = connection.execute(select(func.min(timers.c.due_at_ms))).scalar()
    online = func.coalesce(func.sum(devices.c.online), 0)
    terminals, terminals_online = connection.execute(
        select(func.count(), online).where(devices.c.status == ACTIVE)
    ).one()
    pending = select(func.count()).select_from(attempts).where(attempts.c.concluded_at_ms.is_(None))
    locked = select(func.count()).select_from(tallies).where(tallies.c.failures >= lockout_failures)
    return Stock(
        at_ms=now_ms,
        open_payments=_open_payments(connection),
        held=_held(connection),
        outbox_waiting=waiting,
        outbox_oldest_ms=0 if oldest_ms is None else max(0, now_ms - oldest_ms),
        timer_late_ms=0 if due_ms is None else max(0, now_ms - due_ms),
        comparisons_pending=connection.execute(pending).scalar_one(),
        terminals=terminals,
        terminals_online=int(terminals_online),
        locked_out=connection.execute(locked).scalar_one(),
    )


def _open_payments(connection: Connection) -> dict[str, int]:
    by_state = (
        select(payments.c.state, func.count())
        .where(payments.c.state.in_([state.value for state in OPEN]))
        .group_by(payments.c.state)
    )
    found = {str(state): int(count) for state, count in connection.execute(by_state)}
    return {state.value: found.get(state.value, 0) for state in OPEN}


def _held(connection: Connection) -> dict[str, tuple[int, int]]:
    escrow = ledger_accounts.c.ledger_account == literal(ESCROW).concat(payments.c.payment_id)
    of_it = escrow & (ledger_accounts.c.currency == payments.c.currency)
    by_currency = (
        select(payments.c.currency, func.count(), func.sum(ledger_accounts.c.balance_minor))
        .select_from(payments.join(ledger_accounts, of_it))
        .where(payments.c.state == PaymentState.HELD.value)
        .group_by(payments.c.currency)
    )
    return {str(currency): (int(count), int(amount)) for currency, count, amount in connection.execute(by_currency)}
