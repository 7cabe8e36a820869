"""Signatures over messages: Ed25519 (RFC 8032), domain-separated by direction. Pure.

What is signed is the exact body as it travels, with who, what and which message in front, each with its length, so
that no two different messages share signed bytes.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DOMAIN: Final = b"countersign/v1/message\x00"
SIGNATURE_BYTES: Final = 64


class Direction(StrEnum):
    """Which way a message goes; a signature of one direction is worth nothing in the other."""

    UP = "up"
    DOWN = "down"


class SignatureError(Exception):
    """The signature is not that of the named end over this message."""


def signed_bytes(direction: Direction, device: str, kind: str, message_id: str, body: bytes) -> bytes:
    """The canonical bytes a signature and a content hash are made over."""
    parts = (direction.value.encode(), device.encode(), kind.encode(), message_id.encode(), body)
    return _DOMAIN + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def content_hash(canonical: bytes) -> bytes:
    """SHA-256 (32 bytes) of a message's canonical bytes: what an acknowledgement names."""
    return hashlib.sha256(canonical).digest()


def sign(key: Ed25519PrivateKey, canonical: bytes) -> bytes:
    """The 64-byte signature."""
    return key.sign(canonical)


def verify(key: Ed25519PublicKey, signature: bytes, canonical: bytes) -> None:
    """Returns if the signature holds; raises SignatureError otherwise."""
    try:
        key.verify(signature, canonical)
    except InvalidSignature:
        msg = "the signature does not fit the message"
        raise SignatureError(msg) from None
