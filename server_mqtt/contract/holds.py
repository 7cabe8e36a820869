"""What a payer says of frozen money. Pure."""

from __future__ import annotations

from server_mqtt.contract.messages import Id, Message


class HoldExtension(Message, frozen=True, kw_only=True):
    """The payer wants the money to stay frozen for longer, so that the payee can still be verified."""

    payment_id: Id
