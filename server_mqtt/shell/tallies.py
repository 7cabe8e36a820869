"""Failures by account and modality, which lock-outs follow from, and what operators re-enabled. Impure: the database.

Written in the transaction that concludes an attempt; an attempt is itself committed before anything is compared, and
is concluded sooner or later even if the server dies meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from server_mqtt.contract.messages import Modality
from server_mqtt.shell import locks
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.operator_tables import unlocks
from server_mqtt.shell.schema import tallies
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import Tally, tallied
from server_mqtt.verification.policy import Policy

_OF_ACCOUNT: Final = select(tallies).where(tallies.c.account == bindparam("account")).order_by(tallies.c.modality)


def of_account(connection: Connection, account: str) -> tuple[Tally, ...]:
    """The tallies of `account`; a modality that never failed has none."""
    return tuple(
        Tally(modality=Modality(row.modality), failures=row.failures, last_failed_at_ms=row.last_failed_at_ms)
        for row in connection.execute(_OF_ACCOUNT, {"account": account})
    )


def note(
    connection: Connection, policy: Policy, account: str, asked: Collection[Modality], finding: Finding, now_ms: int
) -> None:
    """What an attempt to verify `account`, which was asked for `asked`, adds to its tallies."""
    # Where several workers write at once, one after the other: the next counts on from what the one before has counted.
    locks.lock_accounts(connection, [account])
    before = of_account(connection, account)
    for tally in tallied(policy, before, asked, finding, now_ms):
        if tally not in before:
            _store(connection, account, tally, failed=not finding.verified)


def unlock(connection: Connection, account: str, modality: Modality, reason: str, now_ms: int) -> None:
    """Ends the row of failures, and records why; raises OperatorError if there is none."""
    locks.lock_accounts(connection, [account])
    failures = next((it.failures for it in of_account(connection, account) if it.modality is modality), 0)
    if failures == 0:
        raise OperatorError(f"account {account} has no failures by {modality.value} to forgive")
    _store(connection, account, Tally(modality=modality), failed=False)
    connection.execute(
        insert(unlocks).values(
            account=account, modality=modality, failures=failures, reason=reason, unlocked_at_ms=now_ms
        )
    )


def _store(connection: Connection, account: str, tally: Tally, *, failed: bool) -> None:
    this = (tallies.c.account == account) & (tallies.c.modality == tally.modality)
    values = {"failures": tally.failures, "last_failed_at_ms": tally.last_failed_at_ms}
    in_all = tallies.c.failures_in_all + int(failed)
    changed = connection.execute(update(tallies).where(this).values(**values, failures_in_all=in_all)).rowcount
    if changed == 0:
        connection.execute(
            insert(tallies).values(account=account, modality=tally.modality, failures_in_all=int(failed), **values)
        )
