"""The receipts a terminal was given, to keep. Impure: the database only; inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from typing import Final

from server_mqtt.contract.receipt import Receipt

RECEIPTS_MAX: Final = 20_000
"""Receipts kept, some 30 MB: years of a counter. The server keeps all of them for good."""


def add(connection: sqlite3.Connection, receipt: Receipt) -> None:
    """Keep `receipt`; the one of this payment and revision that was kept before stays."""
    connection.execute(
        "INSERT INTO receipts (payment_id, revision, document, signature, opening) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (payment_id, revision) DO NOTHING",
        (receipt.payment_id, receipt.revision, receipt.document, receipt.signature, receipt.opening),
    )
    connection.execute(
        "DELETE FROM receipts WHERE sequence <="
        " (SELECT sequence FROM receipts ORDER BY sequence DESC LIMIT 1 OFFSET ?)",
        (RECEIPTS_MAX,),
    )


def of_payment(connection: sqlite3.Connection, payment_id: str) -> list[Receipt]:
    """The receipts of a payment, oldest first, as they came."""
    rows = connection.execute(
        "SELECT revision, document, signature, opening FROM receipts WHERE payment_id = ? ORDER BY revision",
        (payment_id,),
    )
    return [
        Receipt(
            payment_id=payment_id,
            revision=revision,
            document=bytes(document),
            signature=bytes(signature),
            opening=None if opening is None else bytes(opening),
        )
        for revision, document, signature, opening in rows
    ]
