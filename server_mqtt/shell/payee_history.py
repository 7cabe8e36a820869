"""What the server knows of a payee: the facts behind the risk value, each by an index. Impure: reads the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.risk.factors import (
    CHECKS_BEFORE_COUNTED,
    CHECKS_LAST_HOUR_COUNTED,
    DISPUTES_MS,
    EXPIRED_HOLDS_MS,
    MANY_DISPUTES,
    MANY_EXPIRED_HOLDS,
    MANY_FAILURES,
    MIN_RESULTS,
    PACE_DAYS,
    PACE_HOUR_MS,
    RECENT_MS,
    RESULTS_KEPT,
    PayeeHistory,
)
from server_mqtt.shell import people
from server_mqtt.shell.about import About
from server_mqtt.shell.schema import device_accounts, devices, disputes, payments

PAID: Final = frozenset({PaymentState.SETTLED, PaymentState.RELEASED})
"""States in which the payee has the money."""

_DAY_MS: Final = 24 * 3_600_000

# What a payee gave back is no precedent for an amount.
_KEPT_MINOR: Final = (payments.c.amount_minor - payments.c.refunded_minor).label("kept_minor")

# What operators or a payee gave back is no sign that the payee did not come.
_EXPIRED: Final = (payments.c.state == PaymentState.REFUNDED) & (payments.c.reason == Reason.HOLD_EXPIRED)


def payee_history(connection: Connection, payee: Row[Any], subject: About, now_ms: int) -> PayeeHistory:
    """Of the account in the row `payee`, but for the payment that `subject` is."""
    others = (payments.c.payee_account == payee.account) & (payments.c.payment_id != subject.payment_id)
    results = _last_results(connection, others)
    failed = (payments.c.first_verdict == Verdict.NOT_VERIFIED) & (payments.c.first_result_at_ms >= now_ms - RECENT_MS)
    expired = _EXPIRED & (payments.c.updated_at_ms >= now_ms - EXPIRED_HOLDS_MS)
    last_hour, before = _checks(connection, payee.account, now_ms)
    return PayeeHistory(
        account_age_ms=max(0, now_ms - payee.opened_at_ms),
        marked=bool(payee.flagged),
        results=len(results),
        failures=sum(result.first_verdict == Verdict.NOT_VERIFIED for result in results),
        failed_lately=_count(connection, others & failed, MANY_FAILURES),
        holds_expired_lately=_count(connection, others & expired, MANY_EXPIRED_HOLDS),
        disputes_lately=_disputes(connection, payee.account, now_ms),
        checks_last_hour=last_hour,
        checks_before=before,
        amount_minor=max(0, subject.amount_minor),
        largest_minor=_largest_minor(results, subject.currency),
        terminal_age_ms=_terminal_age_ms(connection, payee.account, now_ms),
    )


def _last_results(connection: Connection, others: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return connection.execute(
        select(payments.c.first_verdict, payments.c.state, payments.c.currency, _KEPT_MINOR)
        .where(others, payments.c.first_result_at_ms.is_not(None))
        .order_by(payments.c.first_result_at_ms.desc())
        .limit(RESULTS_KEPT)
    ).all()


def _checks(connection: Connection, account: str, now_ms: int) -> tuple[int, int]:
    """First results of the last hour, and of the time before. By the index alone, so this payment's own is not left
    out; it has none when a risk value is made."""
    hour_ms = now_ms - PACE_HOUR_MS
    at_ms = payments.c.first_result_at_ms
    of_it = payments.c.payee_account == account
    earlier = of_it & (at_ms < hour_ms) & (at_ms >= hour_ms - PACE_DAYS * _DAY_MS)
    return (
        _count(connection, of_it & (at_ms >= hour_ms), CHECKS_LAST_HOUR_COUNTED),
        _count(connection, earlier, CHECKS_BEFORE_COUNTED),
    )


def _disputes(connection: Connection, account: str, now_ms: int) -> int:
    lately = select(disputes.c.at_ms).where(disputes.c.account == account, disputes.c.at_ms >= now_ms - DISPUTES_MS)
    found = lately.limit(MANY_DISPUTES).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def _largest_minor(results: Sequence[Row[Any]], currency: str) -> int | None:
    paid = [result.kept_minor for result in results if result.currency == currency and result.state in PAID]
    paid = [kept_minor for kept_minor in paid if kept_minor]
    return max(paid) if len(paid) >= MIN_RESULTS else None


def _terminal_age_ms(connection: Connection, account: str, now_ms: int) -> int | None:
    newest: int | None = connection.execute(
        select(func.max(device_accounts.c.added_at_ms))
        .join(devices, devices.c.device == device_accounts.c.device)
        .where(device_accounts.c.account == account, devices.c.status == people.ACTIVE)
    ).scalar()
    return None if newest is None else max(0, now_ms - newest)


def _count(connection: Connection, which: ColumnElement[bool], enough: int) -> int:
    """How many payments these are, looking no further than what makes a difference."""
    found = select(payments.c.payee_account).where(which).limit(enough).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()
