"""What the server knows of a payee: the facts behind the risk value, each by an index. Impure: reads the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, ScalarSelect, Select, bindparam, func, select

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


def _counted(found: Select[Any], enough: int) -> ScalarSelect[Any]:
    """How many rows these are, looking no further than what makes a difference."""
    return select(func.count()).select_from(found.limit(enough).subquery()).scalar_subquery()


def _others(which: ColumnElement[bool], enough: int) -> ScalarSelect[Any]:
    """How many of the payee's other payments are such."""
    return _counted(select(payments.c.payee_account).where(_OTHERS, which), enough)


def _checks(when: ColumnElement[bool], enough: int) -> ScalarSelect[Any]:
    """First results of that time. By the index alone, so this payment's own is not left out; it has none when a risk
    value is made."""
    return _counted(select(payments.c.payee_account).where(payments.c.payee_account == _ACCOUNT, when), enough)


_ACCOUNT: Final[BindParameter[str]] = bindparam("account")
_OTHERS: Final = (payments.c.payee_account == _ACCOUNT) & (payments.c.payment_id != bindparam("payment_id"))

_RESULTS: Final = (
    select(payments.c.first_verdict, payments.c.state, payments.c.currency, _KEPT_MINOR)
    .where(_OTHERS, payments.c.first_result_at_ms.is_not(None))
    .order_by(payments.c.first_result_at_ms.desc())
    .limit(RESULTS_KEPT)
)

_COUNTS: Final = select(
    _others(
        (payments.c.first_verdict == Verdict.NOT_VERIFIED)
        & (payments.c.first_result_at_ms >= bindparam("recently_ms")),
        MANY_FAILURES,
    ).label("failed_lately"),
    _others(
        _EXPIRED & (payments.c.updated_at_ms >= bindparam("expired_since_ms")),
        MANY_EXPIRED_HOLDS,
    ).label("holds_expired_lately"),
    _counted(
        select(disputes.c.at_ms).where(
            disputes.c.account == _ACCOUNT, disputes.c.at_ms >= bindparam("disputed_since_ms")
        ),
        MANY_DISPUTES,
    ).label("disputes_lately"),
    _checks(payments.c.first_result_at_ms >= bindparam("hour_ms"), CHECKS_LAST_HOUR_COUNTED).label("checks_last_hour"),
    _checks(
        (payments.c.first_result_at_ms < bindparam("hour_ms"))
        & (payments.c.first_result_at_ms >= bindparam("days_ms")),
        CHECKS_BEFORE_COUNTED,
    ).label("checks_before"),
    select(func.max(device_accounts.c.added_at_ms))
    .join(devices, devices.c.device == device_accounts.c.device)
    .where(device_accounts.c.account == _ACCOUNT, devices.c.status == people.ACTIVE)
    .scalar_subquery()
    .label("newest_terminal_ms"),
)
"""All in one question: asking costs more than answering."""


def payee_history(connection: Connection, payee: Row[Any], subject: About, now_ms: int) -> PayeeHistory:
    """Of the account in the row `payee`, but for the payment that `subject` is."""
    of = {"account": payee.account, "payment_id": subject.payment_id}
    hour_ms = now_ms - PACE_HOUR_MS
    since = {
        "recently_ms": now_ms - RECENT_MS,
        "expired_since_ms": now_ms - EXPIRED_HOLDS_MS,
        "disputed_since_ms": now_ms - DISPUTES_MS,
        "hour_ms": hour_ms,
        "days_ms": hour_ms - PACE_DAYS * _DAY_MS,
    }
    results = connection.execute(_RESULTS, of).all()
    counts = connection.execute(_COUNTS, {**of, **since}).one()
    newest_ms = counts.newest_terminal_ms
    return PayeeHistory(
        account_age_ms=max(0, now_ms - payee.opened_at_ms),
        marked=bool(payee.flagged),
        results=len(results),
        failures=sum(result.first_verdict == Verdict.NOT_VERIFIED for result in results),
        failed_lately=counts.failed_lately,
        holds_expired_lately=counts.holds_expired_lately,
        disputes_lately=counts.disputes_lately,
        checks_last_hour=counts.checks_last_hour,
        checks_before=counts.checks_before,
        amount_minor=max(0, subject.amount_minor),
        largest_minor=_largest_minor(results, subject.currency),
        terminal_age_ms=None if newest_ms is None else max(0, now_ms - newest_ms),
    )


def _largest_minor(results: Sequence[Row[Any]], currency: str) -> int | None:
    paid = [result.kept_minor for result in results if result.currency == currency and result.state in PAID]
    paid = [kept_minor for kept_minor in paid if kept_minor]
    return max(paid) if len(paid) >= MIN_RESULTS else None
