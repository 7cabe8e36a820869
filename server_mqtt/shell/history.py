"""What operators ask the database: listings, one payment's whole story. Impure: reads the database.

Everything returned is plain JSON data. Times are ISO 8601 in UTC beside the milliseconds they stand for.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select

from server_mqtt.contract.currencies import format_amount, is_currency
from server_mqtt.flow.states import Payment, Result
from server_mqtt.ledger.audit import StoredEntry
from server_mqtt.shell import people
from server_mqtt.shell.journal import balances_of, entries_of
from server_mqtt.shell.payments import read_document
from server_mqtt.shell.references import enrolled_modalities
from server_mqtt.shell.schema import (
    accounts,
    attempts,
    counters,
    devices,
    directory,
    disputes,
    journal_entries,
    payment_events,
    payments,
)

Row = dict[str, Any]

LISTED: Final = 50
"""Lines a listing shows, unless told otherwise."""


def iso(at_ms: int | None) -> str | None:
    """`at_ms` for people."""
    if at_ms is None:
        return None
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC).isoformat(timespec="milliseconds")


def latest_ms(connection: Connection) -> int:
    """The newest moment the database has seen: no server's time may be before it."""
    columns = (payments.c.updated_at_ms, payment_events.c.at_ms, journal_entries.c.at_ms, accounts.c.opened_at_ms)
    seen = [connection.execute(select(func.max(column))).scalar() for column in columns]
    return max((moment for moment in seen if moment is not None), default=0)


def list_accounts(connection: Connection) -> list[Row]:
    """Accounts, with what they hold."""
    rows = connection.execute(select(accounts).order_by(accounts.c.account)).all()
    return [
        {
            "account": row.account,
            "name": row.name,
            "status": row.status,
            "flagged": bool(row.flagged),
            "balances": [
                f"{format_amount(amount, currency)} {currency}"
                for currency, amount in balances_of(connection, row.account).items()
            ],
            "enrolled": [modality.value for modality in enrolled_modalities(connection, row.account)],
            "terminals": [terminal.device for terminal in people.terminals_of_account(connection, row.account)],
            "opened_at": iso(row.opened_at_ms),
        }
        for row in rows
    ]


def list_directory(connection: Connection) -> list[Row]:
    """Who can be paid."""
    rows = connection.execute(select(directory).order_by(directory.c.account)).all()
    return [
        {
            "account": row.account,
            "name": row.name,
            "modalities": row.modalities.split(),
            "added_at": iso(row.added_at_ms),
        }
        for row in rows
    ]


def list_devices(connection: Connection) -> list[Row]:
    """Terminals."""
    rows = connection.execute(select(devices).order_by(devices.c.device)).all()
    return [
        {
            "device": row.device,
            "status": row.status,
            "accounts": list(people.accounts_of_device(connection, row.device)),
            "online": bool(row.online),
            "seen_at": iso(row.seen_at_ms),
            "modalities": row.modalities.split(),
            "software": row.software,
        }
        for row in rows
    ]


def list_counters(connection: Connection) -> list[Row]:
    """How often what was refused, and why."""
    rows = connection.execute(select(counters).order_by(counters.c.name, counters.c.reason)).all()
    return [{"counter": row.name, "reason": row.reason, "count": row.count} for row in rows]


def list_payments(
    connection: Connection, limit: int = LISTED, state: str | None = None, account: str | None = None
) -> list[Row]:
    """The newest payments, newest first; all, or those in `state`, or those that `account` pays or is paid."""
    chosen = select(payments).order_by(payments.c.created_at_ms.desc(), payments.c.payment_id).limit(limit)
    if state is not None:
        chosen = chosen.where(payments.c.state == state)
    if account is not None:
        chosen = chosen.where((payments.c.payer_account == account) | (payments.c.payee_account == account))
    return [_summary(row) for row in connection.execute(chosen)]


def show_payment(connection: Connection, payment_id: str) -> Row | None:
    """One payment's whole story: every state with its time and reason, results, risk, attempts, postings."""
    row = connection.execute(select(payments).where(payments.c.payment_id == payment_id)).one_or_none()
    if row is None:
        return None
    payment = read_document(row.document)
    history = _history(connection, payment_id)
    return {
        **_summary(row),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "released_minor": row.released_minor,
        "refunded_minor": row.refunded_minor,
        "held_minor": payment.held_minor,
        "payer_name": payment.payer_name,
        "payee_name": payment.payee_name,
        "payer_device": row.payer_device,
        "reason": payment.reason,
        "states": [
            {"state": event["to"], "at": event["at"], "at_ms": event["at_ms"], "reason": event["reason"]}
            for event in history
            if event["from"] != event["to"]
        ],
        "first_result": _result(payment.first_result),
        "second_result": _result(payment.second_result),
        "risk": None if payment.risk is None else msgspec.to_builtins(payment.risk),
        "hold": _hold(payment),
        "disputed": _disputed(connection, payment_id),
        "history": history,
        "attempts": _attempts(connection, payment_id),
        "postings": [posting for entry in entries_of(connection, payment_id) for posting in postings_of(entry)],
    }


def postings_of(entry: StoredEntry) -> list[Row]:
    """One journal entry, a row for each of its postings."""
    return [
        {
            "entry": entry.number,
            "kind": entry.kind,
            "payment_id": entry.payment_id,
            "at": iso(entry.at_ms),
            "at_ms": entry.at_ms,
            "ledger_account": posting.ledger_account,
            "amount_minor": posting.amount_minor,
            "amount": format_amount(posting.amount_minor, posting.currency),
            "currency": posting.currency,
        }
        for posting in entry.postings
    ]


def events_after(connection: Connection, event_id: int, limit: int = LISTED) -> list[Row]:
    """What has happened to any payment since the event of this number, oldest first."""
    rows = connection.execute(
        select(payment_events)
        .where(payment_events.c.event_id > event_id)
        .order_by(payment_events.c.event_id)
        .limit(limit)
    )
    return [{"number": row.event_id, "payment_id": row.payment_id, **history_row(row)} for row in rows]


def last_event(connection: Connection) -> int:
    """The number of the newest event, 0 if there is none."""
    return connection.execute(select(func.max(payment_events.c.event_id))).scalar() or 0


def history_row(event: Any) -> Row:
    """One row of payment_events."""
    return {
        "at": iso(event.at_ms),
        "at_ms": event.at_ms,
        "event": event.event,
        "from": event.from_state,
        "to": event.to_state,
        "reason": event.reason,
        "detail": msgspec.json.decode(event.detail),
    }


def _history(connection: Connection, payment_id: str) -> list[Row]:
    of_it = select(payment_events).where(payment_events.c.payment_id == payment_id)
    return [history_row(event) for event in connection.execute(of_it.order_by(payment_events.c.event_id))]


def _attempts(connection: Connection, payment_id: str) -> list[Row]:
    of_it = select(attempts).where(attempts.c.payment_id == payment_id).order_by(attempts.c.attempt_id)
    return [
        {
            "role": attempt.role,
            "device": attempt.device,
            "received_at": iso(attempt.received_at_ms),
            "concluded_at": iso(attempt.concluded_at_ms),
            "outcome": attempt.outcome,
            "verdict": attempt.verdict,
            "reason": attempt.reason,
        }
        for attempt in connection.execute(of_it)
    ]


def _result(result: Result | None) -> Row | None:
    if result is None:
        return None
    return {
        "verdict": result.verdict.value,
        "reason": result.reason,
        "modality": result.modality,
        "at": iso(result.at_ms),
        "at_ms": result.at_ms,
    }


def _hold(payment: Payment) -> Row | None:
    hold = payment.hold
    if hold is None:
        return None
    return {
        "reason": hold.reason.value,
        "risk_reason": hold.risk_reason,
        "began_at": iso(hold.began_at_ms),
        "expires_at": iso(hold.expires_at_ms),
        "asked": hold.asked,
    }


def _disputed(connection: Connection, payment_id: str) -> Row | None:
    row = connection.execute(select(disputes).where(disputes.c.payment_id == payment_id)).one_or_none()
    return None if row is None else {"reason": row.reason, "at": iso(row.at_ms)}


def told_amount(amount_minor: int, currency: str) -> str:
    """An amount for people; of a currency that does not exist (the payment was declined) as it was sent."""
    amount = format_amount(amount_minor, currency) if is_currency(currency) else f"{amount_minor} minor units of"
    return f"{amount} {currency}"


def _summary(row: Any) -> Row:
    return {
        "id": row.payment_id,
        "state": row.state,
        "amount": told_amount(row.amount_minor, row.currency),
        "refunded": told_amount(row.refunded_minor, row.currency) if row.refunded_minor else None,
        "payer": row.payer_account,
        "payee": row.payee_account,
        "created_at": iso(row.created_at_ms),
        "updated_at": iso(row.updated_at_ms),
    }
