"""What a decision needs to know, looked up in the transaction that will store it. Impure: the database, and chance."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row

from server_mqtt.contract.limits import NONCE_BYTES
from server_mqtt.contract.messages import Role
from server_mqtt.flow.events import (
    Event,
    Extended,
    HoldExpired,
    HoldNotice,
    PayeeCaptured,
    PayerCaptured,
    PresetTimeOver,
    Queried,
    Refused,
    Requested,
    ResendDue,
    Stopped,
    TerminalAppeared,
)
from server_mqtt.flow.facts import Facts, Fresh, Listing, NamedInstruction, Party
from server_mqtt.flow.facts import Terminal as KnownTerminal
from server_mqtt.flow.orders import RefundOrdered
from server_mqtt.shell import journal, locks, payments, people, tallies
from server_mqtt.shell.about import About
from server_mqtt.shell.payee_history import payee_history
from server_mqtt.shell.references import enrolled_modalities
from server_mqtt.verification.attempts import nothing_to_compare
from server_mqtt.verification.challenge import challenge_at, count
from server_mqtt.verification.policy import Policy

JUDGES_NOBODY: Final = (
    Requested,
    Stopped,
    Refused,
    Extended,
    Queried,
    PresetTimeOver,
    ResendDue,
    HoldExpired,
    HoldNotice,
    TerminalAppeared,
)
"""Events by which nobody is verified, no failure is counted, and no customer's account gives money away."""


def judges(event: Event) -> bool:
    """Whether the decision rests on failures or on a balance, so that another worker must not change them meanwhile.

    Any event that is not known to be harmless does.
    """
    if isinstance(event, PayeeCaptured | PayerCaptured):
        # What must be compared is only counted now, and judged when it was compared.
        return nothing_to_compare(event.capture) is not None
    return not isinstance(event, JUDGES_NOBODY)


def gather(
    connection: Connection,
    policy: Policy,
    subject: About,
    event: Event,
    now_ms: int,
    *,
    screens: bool = False,
    history: bool = True,
) -> Facts:
    """The facts of this moment; with `screens` also which of the payee's terminals other payments have taken.

    Without `history`, that of the payee is left out: it takes longest, and is wanted for a first result alone.
    """
    if judges(event):
        locks.lock_accounts(connection, {subject.payer_account, subject.payee_account})
    payer = people.find_open_account(connection, subject.payer_account)
    payee = people.find_open_account(connection, subject.payee_account)
    held = journal.balances_of(connection, subject.payer_account)
    has = journal.balances_of(connection, subject.payee_account) if isinstance(event, RefundOrdered) else {}
    return Facts(
        policy=policy,
        fresh=_draw(policy),
        payer=None if payer is None else _party(connection, payer),
        payee=None if payee is None else _payee(connection, payee, subject, now_ms, screens=screens),
        listing=_listing(connection, subject.payee_account),
        payer_balance_minor=held.get(subject.currency),
        history=payee_history(connection, payee, subject, now_ms) if history and payee is not None else None,
        payee_balance_minor=has.get(subject.currency),
        named=_named(connection, subject.payment_id, event),
    )


def _draw(policy: Policy) -> Fresh:
    actions, holds = policy.challenge_actions, policy.challenge_holds
    drawn = challenge_at(secrets.randbelow(count(actions, holds)), actions, holds)
    return Fresh(
        instruction_id=uuid.uuid4().hex,
        nonce=secrets.token_bytes(NONCE_BYTES),
        challenge=drawn.actions,
        holds_ms=drawn.holds_ms,
    )


def _payee(connection: Connection, row: Row[Any], subject: About, now_ms: int, *, screens: bool) -> Party:
    party = _party(connection, row)
    if not screens:
        return party
    taken = payments.screens_taken(connection, party.devices, subject.payment_id, now_ms)
    terminals = (replace(one, taken_until_ms=tuple(taken.get(one.device, ()))) for one in party.terminals)
    return replace(party, terminals=tuple(terminals))


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
                away=terminal.left_at_ms is not None,
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
