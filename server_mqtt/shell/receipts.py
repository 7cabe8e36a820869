"""Receipts made, kept for good and read again. Impure: the database, and the operating system's randomness."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.contract.receipt import OPENING_BYTES, Receipt, canonical, commitment
from server_mqtt.flow.effects import Send
from server_mqtt.flow.states import Payment
from server_mqtt.receipts.document import CountedAnswer, HiddenAccount, document_of
from server_mqtt.shell import gathering
from server_mqtt.shell.journal import last_anchor
from server_mqtt.shell.logs import masked
from server_mqtt.shell.schema import attempts, payments, receipts
from server_mqtt.shell.speech import Voice

_ANSWERS: Final = (
    select(attempts).where(attempts.c.payment_id == bindparam("payment_id")).order_by(attempts.c.attempt_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """The payer's copy, with their account number; not to be shown to the payee."""

    state: PaymentState
    receipt: Receipt
    payer_account: str
    issued_at_ms: int


def issue(connection: Connection, voice: Voice, payment: Payment, now_ms: int) -> Iterator[Send]:
    """Signs and keeps the receipt of `payment` as it is now; a copy for each terminal that is told of the payment."""
    opening = secrets.token_bytes(OPENING_BYTES)
    payer = HiddenAccount(masked=masked(payment.payer_account), commitment=commitment(payment.payer_account, opening))
    document = canonical(
        document_of(payment, _answers(connection, payment.payment_id), payer, last_anchor(connection), now_ms)
    )
    signature = voice.sign_receipt(document)
    row = {
        "payment_id": payment.payment_id,
        "revision": payment.revision,
        "state": payment.state,
        "document": document,
        "signature": signature,
        "opening": opening,
        "issued_at_ms": now_ms,
    }
    gathering.add(connection, receipts, [row])
    copies = [(payment.payer_device, opening), *((device, None) for device in payment.payee_devices)]
    for device, key in copies:
        body = Receipt(
            payment_id=payment.payment_id,
            revision=payment.revision,
            document=document,
            signature=signature,
            opening=key,
        )
        yield Send(device=device, body=body)


def of_payment(connection: Connection, payment_id: str) -> list[StoredReceipt]:
    """All receipts of a payment, oldest first."""
    rows = connection.execute(
        select(receipts, payments.c.payer_account)
        .join(payments, payments.c.payment_id == receipts.c.payment_id)
        .where(receipts.c.payment_id == payment_id)
        .order_by(receipts.c.revision)
    )
    return [
        StoredReceipt(
            state=PaymentState(row.state),
            receipt=Receipt(
                payment_id=row.payment_id,
                revision=row.revision,
                document=row.document,
                signature=row.signature,
                opening=row.opening,
            ),
            payer_account=row.payer_account,
            issued_at_ms=row.issued_at_ms,
        )
        for row in rows
    ]


def _answers(connection: Connection, payment_id: str) -> list[CountedAnswer]:
    rows = connection.execute(_ANSWERS, {"payment_id": payment_id})
    return [
        CountedAnswer(
            role=Role(row.role),
            nonce=row.nonce,
            answer_hash=row.answer_hash,
            received_at_ms=row.received_at_ms,
            verdict=None if row.verdict is None else Verdict(row.verdict),
        )
        for row in rows
    ]
