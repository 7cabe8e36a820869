"""Receipts: what the server signs of a payment that has come to an end, and how anybody checks it. Pure.

The document is compact JSON: its exact bytes are what the digest and the signature are made over, and they travel and
are kept as they are, so that a newer server's document is checked by an older terminal. A receipt needs nothing but the
server's public key: no database, no clock, no other message.

Both ends get the same document. The payee must not learn the payer's account number, and a number is short enough to be
guessed from its hash. So the document holds a commitment to it, and only the payer's copy has the 32 random bytes
(`opening`) that open it.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from server_mqtt.contract import limits
from server_mqtt.contract.messages import (
    Account,
    AmountMinor,
    Consent,
    Currency,
    FirstResult,
    Id,
    Message,
    Name,
    PaymentState,
    Role,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.contract.signing import SIGNATURE_BYTES, SignatureError, sign, verify

_DOMAIN: Final = b"countersign/v1/receipt\x00"
_COMMITMENT_DOMAIN: Final = b"countersign/v1/payer account\x00"

OPENING_BYTES: Final = 32
"""Random bytes that hide the payer's account number in its commitment: as many as the hash has."""

MAX_DOCUMENT_BYTES: Final = 16_384
"""Bytes of a document: four names of 200 characters, at most 6 bytes each in JSON, and 3 kB of the rest, twice."""

MAX_ANSWERS: Final = 3
"""The payee's, the payer's, and the one that released the money."""

Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
HexNonce = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
TimeMs = Annotated[int, Meta(ge=0, le=10**15)]
EntryNumber = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Answer(Message, frozen=True, kw_only=True):
    """A terminal's signed answer. `answer_hash` is its envelope's content hash: device, consent and sealed probes."""

    role: Role
    nonce: HexNonce
    answer_hash: Hex32
    received_at_ms: TimeMs
    verdict: Verdict | None = None
    """None: the payment ended before it was compared."""


class ChainHead(Message, frozen=True, kw_only=True):
    """The newest entry of the ledger's chain: for money that moved, the very entry that moved it."""

    entry_number: EntryNumber
    entry_hash: Hex32


class Document(Message, frozen=True, kw_only=True):
    """What a receipt says. Times are the server's, in ms since 1970 UTC: a record, nothing is decided by them."""

    payment_id: Id
    revision: Annotated[int, Meta(ge=1)]
    state: PaymentState
    amount_minor: AmountMinor
    currency: Currency
    payee_account: Account
    payee_name: Name
    payer_name: Name
    payer_account_masked: Annotated[str, Meta(max_length=limits.MAX_NAME_LENGTH)]
    payer_commitment: Hex32
    requested_at_ms: TimeMs
    issued_at_ms: TimeMs
    ledger: ChainHead
    reference: Annotated[str, Meta(max_length=limits.MAX_REFERENCE_LENGTH)] = ""
    reason: Reason | None = None
    first_result: FirstResult | None = None
    first_result_at_ms: TimeMs | None = None
    second_verdict: Verdict | None = None
    second_result_at_ms: TimeMs | None = None
    held_at_ms: TimeMs | None = None
    hold_expires_at_ms: TimeMs | None = None
    released_minor: AmountMinor = 0
    """Of money that was held, what had gone on to the payee by now."""
    refunded_minor: AmountMinor = 0
    """What had gone back to the payer by now."""
    consent: Consent | None = None
    """What the payer's answer agreed to, word by word; `answer_hash` of that answer covers it too."""
    answers: Annotated[tuple[Answer, ...], Meta(max_length=MAX_ANSWERS)] = ()


class Receipt(Message, frozen=True, kw_only=True):
    """A payment has come to an end, or its money is frozen: the server's signed receipt, to keep."""

    payment_id: Id
    revision: Annotated[int, Meta(ge=1)]
    document: Annotated[bytes, Meta(max_length=MAX_DOCUMENT_BYTES)]
    signature: Annotated[bytes, Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]
    opening: Annotated[bytes, Meta(min_length=OPENING_BYTES, max_length=OPENING_BYTES)] | None = None
    """In the payer's copy: opens the commitment to their account number."""


class ReceiptError(Exception):
    """Not a receipt of this server, or not as it was signed; the text says why, to people."""


_DOCUMENT: Final = msgspec.json.Decoder(Document)


def canonical(document: Document) -> bytes:
    """The one form of `document`: compact JSON, fields in the order of the struct, defaults left out."""
    return msgspec.json.encode(document)


def digest(document: bytes) -> bytes:
    """SHA-256 (32 bytes) over everything the receipt binds; what the signature is made over."""
    return hashlib.sha256(_DOMAIN + document).digest()


def sign_document(key: Ed25519PrivateKey, document: bytes) -> bytes:
    """The 64-byte signature; worth nothing as that of a message."""
    return sign(key, _DOMAIN + digest(document))


def commitment(account: str, opening: bytes) -> str:
    """SHA-256 in hexadecimal that binds `account` and tells nothing of it. `opening`: 32 random bytes."""
    return hashlib.sha256(_COMMITMENT_DOMAIN + opening + account.encode()).hexdigest()


def check_signed(key: Ed25519PublicKey, receipt: Receipt) -> None:
    """Returns if the document is as the holder of `key`'s private half signed it, readable or not; or ReceiptError."""
    try:
        verify(key, receipt.signature, _DOMAIN + digest(receipt.document))
    except SignatureError:
        raise ReceiptError("the signature does not fit: it was changed, or is another server's") from None


def check(key: Ed25519PublicKey, receipt: Receipt) -> Document:
    """What `receipt` says, if all of it is the server's and about one payment; raises ReceiptError."""
    check_signed(key, receipt)
    try:
        document = _DOCUMENT.decode(receipt.document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReceiptError(f"the server signed what this program cannot read: {error}") from None
    if (document.payment_id, document.revision) != (receipt.payment_id, receipt.revision):
        raise ReceiptError("it is the receipt of another payment than it says outside")
    consent = document.consent
    if consent is not None and _agreed(consent) != _paid(document):
        raise ReceiptError("the payer agreed to another payee or amount")
    return document


def _agreed(consent: Consent) -> tuple[str, str, int, str]:
    return consent.payee_account, consent.payee_name, consent.amount_minor, consent.currency


def _paid(document: Document) -> tuple[str, str, int, str]:
    return document.payee_account, document.payee_name, document.amount_minor, document.currency
