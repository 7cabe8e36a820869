"""A receipt as a file for people and programs: indented JSON in one exact form. Pure.

Reading is strict: a file that is not byte for byte what `write` makes of its content is refused, so there is no byte
in it that could be changed unnoticed.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta

from server_mqtt.contract import receipt as receipts
from server_mqtt.contract.messages import Account, Message
from server_mqtt.contract.receipt import Document, Hex32, Receipt, ReceiptError

MAX_FILE_BYTES: Final = 4 * receipts.MAX_DOCUMENT_BYTES
"""Bytes of a file that is read: the document, indented, and 500 bytes around it."""

_INDENT: Final = 2


class ReceiptFile(Message, frozen=True, kw_only=True):
    """One receipt. The payer's copy also has their account number and what opens the commitment to it."""

    receipt: Document
    digest: Hex32
    signature: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$(?!\n)")]
    payer_account: Account | None = None
    opening: Hex32 | None = None


_FILE: Final = msgspec.json.Decoder(ReceiptFile)


def write(receipt: Receipt, payer_account: str | None = None) -> bytes:
    """The file of `receipt`; with `payer_account` the payer's copy, for which the receipt has its opening.

    Raises ReceiptError for a document of another version of this program.
    """
    try:
        document = msgspec.json.decode(receipt.document, type=Document)
    except msgspec.DecodeError as error:
        raise ReceiptError(f"this program cannot read the receipt: {error}") from None
    if receipts.canonical(document) != receipt.document:
        raise ReceiptError("the receipt was made by another version of this program")
    payers = payer_account is not None and receipt.opening is not None
    return _encode(
        ReceiptFile(
            receipt=document,
            digest=receipts.digest(receipt.document).hex(),
            signature=receipt.signature.hex(),
            payer_account=payer_account if payers else None,
            opening=receipt.opening.hex() if payers and receipt.opening is not None else None,
        )
    )


def verify(key: Ed25519PublicKey, content: bytes) -> ReceiptFile:
    """What the file says, if every byte of it is as the server signed it; raises ReceiptError."""
    if len(content) > MAX_FILE_BYTES:
        raise ReceiptError(f"it has {len(content)} bytes, a receipt at most {MAX_FILE_BYTES}")
    try:
        file = _FILE.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReceiptError(f"it is no receipt: {error}") from None
    if _encode(file) != content:
        raise ReceiptError("it is not written as a receipt is: something was added or changed")
    document = receipts.canonical(file.receipt)
    if receipts.digest(document).hex() != file.digest:
        raise ReceiptError("its digest is not that of what it says")
    signed = Receipt(
        payment_id=file.receipt.payment_id,
        revision=file.receipt.revision,
        document=document,
        signature=bytes.fromhex(file.signature),
    )
    receipts.check(key, signed)
    _check_payer(file)
    return file


def _check_payer(file: ReceiptFile) -> None:
    if file.payer_account is None and file.opening is None:
        return
    if file.payer_account is None or file.opening is None:
        raise ReceiptError("of payer's account and opening one is missing")
    if receipts.commitment(file.payer_account, bytes.fromhex(file.opening)) != file.receipt.payer_commitment:
        raise ReceiptError("the payer's account is not the one that paid")


def _encode(file: ReceiptFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(file), indent=_INDENT) + b"\n"
