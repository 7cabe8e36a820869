"""What an operator sees of an account's lock-outs. Impure: reads the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from server_mqtt.contract.messages import Modality
from server_mqtt.shell.history import iso
from server_mqtt.shell.operator_tables import unlocks
from server_mqtt.shell.references import enrolled_modalities
from server_mqtt.shell.schema import tallies
from server_mqtt.shell.tallies import of_account as tallies_of
from server_mqtt.verification.lockout import Tally, is_blocked, is_locked, locked_until_ms
from server_mqtt.verification.policy import Policy


def of_account(connection: Connection, policy: Policy, account: str, now_ms: int) -> list[dict[str, Any]]:
    """Each modality of `account` under `policy`: plain JSON data, times in ISO 8601."""
    known = {tally.modality: tally for tally in tallies_of(connection, account)}
    in_all = dict(
        connection.execute(select(tallies.c.modality, tallies.c.failures_in_all).where(tallies.c.account == account))
        .tuples()
        .all()
    )
    unlocked = dict(
        connection.execute(
            select(unlocks.c.modality, func.max(unlocks.c.unlocked_at_ms))
            .where(unlocks.c.account == account)
            .group_by(unlocks.c.modality)
        )
        .tuples()
        .all()
    )
    enrolled = enrolled_modalities(connection, account)
    rows = []
    for modality in Modality:
        tally = known.get(modality, Tally(modality=modality))
        state = _state(policy, tally, now_ms)
        rows.append(
            {
                "modality": modality.value,
                "enrolled": modality in enrolled,
                "state": state,
                "locked_until": iso(locked_until_ms(policy, tally)) if state == "locked" else None,
                "failures": tally.failures,
                "failures_in_all": in_all.get(modality, 0),
                "last_failed": iso(tally.last_failed_at_ms or None),
                "unlocked": iso(unlocked.get(modality)),
            }
        )
    return rows


def _state(policy: Policy, tally: Tally, now_ms: int) -> str:
    if is_blocked(policy, tally):
        return "blocked"
    return "locked" if is_locked(policy, tally, now_ms) else "open"
