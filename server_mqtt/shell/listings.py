"""Frozen money, enrolments and risk as an operator looks at them. Impure: reads the database; no template leaves it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, select

from server_mqtt.contract.messages import PaymentState
from server_mqtt.risk.value import assess, weights_of
from server_mqtt.shell import people
from server_mqtt.shell.about import About
from server_mqtt.shell.history import iso, told_amount
from server_mqtt.shell.payee_history import payee_history
from server_mqtt.shell.payments import read_document
from server_mqtt.shell.schema import enrolments, payments, reference_templates
from server_mqtt.verification.policies import Policies

MODEL_HASH_SHOWN: Final = 12
"""Characters of a model's hash that tell two apart."""

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def list_holds(connection: Connection, now_ms: int, limit: int) -> list[dict[str, Any]]:
    """Payments whose money is frozen; what is frozen longest comes first."""
    rows = connection.execute(
        select(payments)
        .where(payments.c.state == PaymentState.HELD.value)
        .order_by(payments.c.created_at_ms, payments.c.payment_id)
        .limit(limit)
    )
    return [_hold(row, now_ms) for row in rows]


def list_enrolments(connection: Connection, account: str | None, limit: int) -> list[dict[str, Any]]:
    """Enrolments with references in use, newest first, of all accounts or of one; plain data, and no template."""
    of_it = reference_templates.c.enrolment_id == enrolments.c.enrolment_id
    chosen = (
        select(
            enrolments,
            reference_templates.c.modality,
            func.count().label("references"),
            func.min(reference_templates.c.model_hash).label("model_hash"),
        )
        .select_from(enrolments.join(reference_templates, of_it))
        .group_by(*enrolments.c, reference_templates.c.modality)
        .order_by(enrolments.c.enrolled_at_ms.desc(), enrolments.c.enrolment_id, reference_templates.c.modality)
        .limit(limit)
    )
    if account is not None:
        chosen = chosen.where(enrolments.c.account == account)
    return [
        {
            "enrolment_id": row.enrolment_id,
            "account": row.account,
            "modality": row.modality,
            "references": row.references,
            "device": row.device,
            "enrolled_at": iso(row.enrolled_at_ms),
            "model": row.model_hash[:MODEL_HASH_SHOWN],
        }
        for row in connection.execute(chosen)
    ]


def assess_risk(
    connection: Connection, policies: Policies, account: str, amount_minor: int, currency: str, now_ms: int
) -> dict[str, Any]:
    """What `account`'s risk value would be if it were paid this amount now, factor by factor.

    Raises OperatorError where there is no such account, or it is closed.
    """
    row = people.need_account(connection, account)
    policy = policies.of(account)
    subject = About(
        payment_id="", payer_account="", payee_account=account, currency=currency, amount_minor=amount_minor
    )
    risk = assess(payee_history(connection, row, subject, now_ms), policy)
    weights = weights_of(policy)
    return {
        "account": account,
        "value": round(risk.value, 4),
        "threshold": policy.risk_threshold,
        "held": risk.value > policy.risk_threshold,
        "main": risk.main,
        "factors": [
            {
                "factor": factor.value,
                "of_1": round(amount, 4),
                "weight": weights[factor],
                "adds": round(amount * weights[factor], 4),
            }
            for factor, amount in risk.factors.items()
        ],
    }


def left(until_ms: int, now_ms: int) -> str:
    """How long until then, in two units at most."""
    rest_ms = max(0, until_ms - now_ms)
    days, hours, minutes = rest_ms // _DAY_MS, rest_ms % _DAY_MS // _HOUR_MS, rest_ms % _HOUR_MS // _MINUTE_MS
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _hold(row: Any, now_ms: int) -> dict[str, Any]:
    payment = read_document(row.document)
    hold = payment.hold
    return {
        "id": row.payment_id,
        "amount": told_amount(payment.held_minor, row.currency),
        "payer": row.payer_account,
        "payee": row.payee_account,
        "reason": None if hold is None else hold.reason.value,
        "risk_reason": None if hold is None else hold.risk_reason,
        "began_at": None if hold is None else iso(hold.began_at_ms),
        "expires_at": None if hold is None else iso(hold.expires_at_ms),
        "left": None if hold is None else left(hold.expires_at_ms, now_ms),
        "asked": None if hold is None else hold.asked,
    }
