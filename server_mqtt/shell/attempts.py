"""Counted attempts: a row each, committed before anything is opened or compared. Impure: the database only.

Until an attempt is concluded its row keeps the sealed probes, so that a server that dies meanwhile takes it up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from server_mqtt.contract.messages import Role, SealedProbe
from server_mqtt.contract.reasons import Verdict
from server_mqtt.contract.sealing import capture_context
from server_mqtt.flow.effects import CountAttempt
from server_mqtt.shell import people, tallies
from server_mqtt.shell.comparison import PendingComparison
from server_mqtt.shell.schema import attempts
from server_mqtt.verification.finding import Asked, Finding
from server_mqtt.verification.policy import Policy


class Kept(msgspec.Struct, frozen=True):
    """What the column `sealed` holds."""

    asked: Asked
    probes: tuple[SealedProbe, ...]


_KEPT: Final = msgspec.msgpack.Decoder(Kept)

_THIS: Final = (attempts.c.instruction_id == bindparam("this_id")) & attempts.c.concluded_at_ms.is_(None)
_COUNT: Final = insert(attempts)
_UNCONCLUDED: Final = select(attempts.c.account, attempts.c.modalities).where(_THIS)
_CONCLUDE: Final = update(attempts).where(_THIS)


def count(connection: Connection, payment_id: str, attempt: CountAttempt, now_ms: int) -> PendingComparison | None:
    """Notes the attempt; what is to be compared once that is committed, if anything is."""
    kept = None if attempt.asked is None else Kept(attempt.asked, attempt.probes)
    connection.execute(
        _COUNT,
        {
            "payment_id": payment_id,
            "instruction_id": attempt.instruction_id,
            "role": attempt.role,
            "account": attempt.account,
            "device": attempt.device,
            "nonce": attempt.nonce,
            "outcome": attempt.outcome,
            "modalities": people.join_modalities(attempt.modalities),
            "sealed": None if kept is None else msgspec.msgpack.encode(kept),
            "answer_hash": attempt.answer_hash,
            "received_at_ms": now_ms,
        },
    )
    return None if kept is None else find_pending(connection, attempt.instruction_id)


def conclude(connection: Connection, policy: Policy, instruction_id: str, finding: Finding, now_ms: int) -> None:
    """Notes what the attempt came to, and in its account's tallies, unless that is done; forgets its probes."""
    this = {"this_id": instruction_id}
    row = connection.execute(_UNCONCLUDED, this).one_or_none()
    if row is None:
        return
    verdict = Verdict.VERIFIED if finding.verified else Verdict.NOT_VERIFIED
    came_to = {"concluded_at_ms": now_ms, "verdict": verdict, "reason": finding.reason, "sealed": None}
    connection.execute(_CONCLUDE, {**this, **came_to})
    tallies.note(connection, policy, row.account, people.split_modalities(row.modalities), finding, now_ms)


def find_pending(connection: Connection, instruction_id: str) -> PendingComparison | None:
    """What is to be compared of this instruction's answer; None if it is concluded."""
    for pending in _read(connection.execute(_PENDING_ONE, {"this_id": instruction_id})):
        return pending
    return None


def all_pending(connection: Connection) -> list[PendingComparison]:
    """Every answer that was counted and not concluded, oldest first."""
    return list(_read(connection.execute(_PENDING.order_by(attempts.c.attempt_id))))


_PENDING: Final = select(attempts).where(attempts.c.concluded_at_ms.is_(None), attempts.c.sealed.is_not(None))
_PENDING_ONE: Final = _PENDING.where(attempts.c.instruction_id == bindparam("this_id"))


def _read(rows: Iterable[Row[tuple[object, ...]]]) -> Iterable[PendingComparison]:
    for row in rows:
        kept = _KEPT.decode(row.sealed)
        role = Role(row.role)
        yield PendingComparison(
            payment_id=row.payment_id,
            instruction_id=row.instruction_id,
            account=row.account,
            context=capture_context(row.payment_id, row.nonce, row.device, role),
            asked=kept.asked,
            probes=kept.probes,
        )
