"""The head of the ledger's chain, signed by the server: a file to keep elsewhere. Pure.

Whoever can write the database can cut off its last entries and leave a whole chain, or make the chain anew. They cannot
make the journal contain the entry that an earlier head names, nor sign another head.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from server_mqtt.contract.receipt import EntryNumber, Hex32, TimeMs
from server_mqtt.contract.signing import SignatureError, sign, verify
from server_mqtt.ledger.journal import Anchor

_DOMAIN: Final = b"countersign/v1/ledger head\x00"


class HeadError(Exception):
    """No head that this server signed; the text says why, to people."""


class SignedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Number and hash of the newest entry (0 and zeros: an empty ledger), when it was read, and the signature."""

    entry_number: EntryNumber
    entry_hash: Hex32
    at_ms: TimeMs
    """The server's time in ms since 1970 UTC."""
    signature: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$(?!\n)")]

    @property
    def anchor(self) -> Anchor:
        """Its place in the chain."""
        return Anchor(number=self.entry_number, entry_hash=bytes.fromhex(self.entry_hash))


_HEAD: Final = msgspec.json.Decoder(SignedHead)


def sign_head(key: Ed25519PrivateKey, anchor: Anchor, at_ms: int) -> SignedHead:
    """`anchor` as the newest entry at `at_ms`."""
    return SignedHead(
        entry_number=anchor.number,
        entry_hash=anchor.entry_hash.hex(),
        at_ms=at_ms,
        signature=sign(key, _signed(anchor, at_ms)).hex(),
    )


def read_head(key: Ed25519PublicKey, content: bytes) -> SignedHead:
    """The head in `content`, as `ledger head --json` prints it; raises HeadError."""
    try:
        head = _HEAD.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HeadError(f"it is no head of a ledger: {error}") from None
    try:
        verify(key, bytes.fromhex(head.signature), _signed(head.anchor, head.at_ms))
    except SignatureError:
        raise HeadError("the signature does not fit: it was changed, or is another server's") from None
    return head


def _signed(anchor: Anchor, at_ms: int) -> bytes:
    """All of it in one form: two numbers of 8 bytes and a hash."""
    return _DOMAIN + anchor.number.to_bytes(8, "big") + anchor.entry_hash + at_ms.to_bytes(8, "big")
