"""What facts are gathered about. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from server_mqtt.contract.messages import PayerRequest
from server_mqtt.flow.states import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What facts are gathered about: a payment that is stored, or one that is asked for."""

    payment_id: str
    payer_account: str
    payee_account: str
    currency: str
    amount_minor: int


def about(of: Payment | PayerRequest) -> About:
    """Its ids and accounts."""
    return About(
        payment_id=of.payment_id,
        payer_account=of.payer_account,
        payee_account=of.payee_account,
        currency=of.currency,
        amount_minor=of.amount_minor,
    )
