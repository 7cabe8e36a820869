"""Server: who is paid. The directory is the pre-stored list of payees; who is not in it cannot be paid. Pure."""

from __future__ import annotations

from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.facts import Facts


def check_payee(facts: Facts) -> Reason | None:
    """Why this payee cannot be paid, or None. First failure wins."""
    if facts.payee is None or facts.listing is None:
        return Reason.UNKNOWN_PAYEE
    if not facts.payee.active:
        return Reason.ACCOUNT_BLOCKED
    return None
