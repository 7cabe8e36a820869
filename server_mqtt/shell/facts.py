"""What a decision needs to know, looked up in the transaction that will store it. Impure: the database, and chance."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from server_mqtt.contract.limits import NONCE_BYTES
from server_mqtt.contract.messages import PayerRequest, PaymentState, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.flow.events import Event, PayeeCaptured, PayerCaptured
from server_mqtt.flow.facts import Facts, Fresh, Listing, NamedInstruction, Party
from server_mqtt.flow.facts import Terminal as KnownTerminal
from server_mqtt.flow.states import Payment
from server_mqtt.risk.factors import (
    EXPIRED_HOLDS_MS,
    MANY_EXPIRED_HOLDS,
    MANY_FAILURES,
    RECENT_MS,
    RESULTS_KEPT,
    PayeeHistory,
)
from server_mqtt.shell import journal, payments, people, tallies
from server_mqtt.shell.references import enrolled_modalities
from server_mqtt.shell.schema import payments as table
from server_mqtt.verification.challenge import challenges
from server_mqtt.verification.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What facts are gathered about: a payment that is stored, or one that is asked for."""

    payment_id: str
    payer_account: str
    payee_account: str
    currency: str


def about(of: Payment | PayerRequest) -> About:
    """Its ids and accounts."""
    return About(
        payment_id=of.payment_id,
        payer_account=of.payer_account,
        payee_account=of.payee_account,
        currency=of.currency,
    )


def gather(connection: Connection, policy: Policy, subject: About, event: Event, now_ms: int) -> Facts:
    """The facts of this moment."""
    payer = people.find_account(connection, subject.payer_account)
    payee = people.find_account(connection, subject.payee_account)
    held = journal.balances_of(connection, subject.payer_account)
    return Facts(
        policy=policy,
        fresh=_draw(policy),
        payer=None if payer is None else _party(connection, payer),
        payee=None if payee is None else _party(connection, payee),
        listing=_listing(connection, subject.payee_account),
        payer_balance_minor=held.get(subject.currency),
        history=None if payee is None else _history(connection, payee, subject.payment_id, now_ms),
        named=_named(connection, subject.payment_id, event),
    )


def _draw(policy: Policy) -> Fresh:
    return Fresh(
        instruction_id=uuid.uuid4().hex,
        nonce=secrets.token_bytes(NONCE_BYTES),
        challenge=secrets.choice(challenges(policy.challenge_actions)),
    )


def _party(connection: Connection, row: Row[Any]) -> Party:
    return Party(
        account=row.account,
        name=row.name,
        active=row.status == people.ACTIVE,
        enrolled=enrolled_modalities(connection, row.account),
        terminals=tuple(
            KnownTerminal(
                device=terminal.device,
                online=bool(terminal.online),
                modalities=people.split_modalities(terminal.modalities),
            )
            for terminal in people.terminals_of_account(connection, row.account)
        ),
        tallies=tallies.of_account(connection, row.account),
    )


def _listing(connection: Connection, account: str) -> Listing | None:
    row = people.find_listing(connection, account)
    return None if row is None else Listing(name=row.name, modalities=people.split_modalities(row.modalities))


def _named(connection: Connection, payment_id: str, event: Event) -> NamedInstruction | None:
    if isinstance(event, PayeeCaptured):
        return payments.find_instruction(connection, payment_id, Role.PAYEE, event.capture.instruction_id)
    if isinstance(event, PayerCaptured):
        return payments.find_instruction(connection, payment_id, Role.PAYER, event.capture.instruction_id)
    return None


def _history(connection: Connection, row: Row[Any], payment_id: str, now_ms: int) -> PayeeHistory:
    """Of the payee in `row`, but for this payment."""
    others = (table.c.payee_account == row.account) & (table.c.payment_id != payment_id)
    verdicts = (
        connection.execute(
            select(table.c.first_verdict)
            .where(others, table.c.first_result_at_ms.is_not(None))
            .order_by(table.c.first_result_at_ms.desc())
            .limit(RESULTS_KEPT)
        )
        .scalars()
        .all()
    )
    failed = (table.c.first_verdict == Verdict.NOT_VERIFIED) & (table.c.first_result_at_ms >= now_ms - RECENT_MS)
    expired = (table.c.state == PaymentState.REFUNDED) & (table.c.updated_at_ms >= now_ms - EXPIRED_HOLDS_MS)
    return PayeeHistory(
        account_age_ms=max(0, now_ms - row.opened_at_ms),
        marked=bool(row.flagged),
        results=len(verdicts),
        failures=sum(verdict == Verdict.NOT_VERIFIED for verdict in verdicts),
        failed_lately=_count(connection, others & failed, MANY_FAILURES),
        holds_expired_lately=_count(connection, others & expired, MANY_EXPIRED_HOLDS),
    )


def _count(connection: Connection, which: ColumnElement[bool], enough: int) -> int:
    """How many payments these are, looking no further than what makes a difference."""
    found = select(table.c.payment_id).where(which).limit(enough).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()
