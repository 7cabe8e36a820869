"""The decisions about risk that were made, for a backtest. Impure: reads the database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from server_mqtt.contract.reasons import Verdict
from server_mqtt.risk.backtest import Recorded
from server_mqtt.shell.payments import read_document
from server_mqtt.shell.schema import payments


def decisions_since(connection: Connection, since_ms: int) -> Iterator[Recorded]:
    """Of the payments requested since then that came to a first result, oldest first."""
    rows = connection.execute(
        select(payments.c.document)
        .where(payments.c.created_at_ms >= since_ms)
        .order_by(payments.c.created_at_ms, payments.c.payment_id)
        .execution_options(yield_per=1_000)
    )
    for document in rows.scalars():
        payment = read_document(document)
        if payment.risk is None or payment.first_result is None:
            continue
        yield Recorded(
            payment_id=payment.payment_id,
            at_ms=payment.first_result.at_ms,
            payee_account=payment.payee_account,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            verified=payment.first_result.verdict is Verdict.VERIFIED,
            factors=payment.risk.factors,
            value=payment.risk.value,
            held=payment.plan is not None,
        )
