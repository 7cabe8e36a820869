"""Sealing probes to the server: HPKE base mode (RFC 9180), X25519, HKDF-SHA256, AES-256-GCM.

The seal is bound to the payment, the instruction's nonce, the device and the role: a sealed probe cut out of one
answer opens in no other. Pure but for the library's own randomness.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from server_mqtt.contract.messages import Probe, Role, SealedProbe

_DOMAIN: Final = b"countersign/v1/probe\x00"
_KEY_ID_HEX: Final = 16
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PROBE: Final = msgspec.msgpack.Decoder(Probe)


class SealError(Exception):
    """A sealed probe that does not open here, or opens to no probe."""


def key_id(public: X25519PublicKey) -> str:
    """A short name for a sealing key: the first 8 bytes of its SHA-256, in hexadecimal."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:_KEY_ID_HEX]


def capture_context(payment_id: str, nonce: bytes, device: str, role: Role) -> bytes:
    """What a probe of a payment is bound to."""
    return _context(b"capture", payment_id.encode(), nonce, device.encode(), role.value.encode())


def enrolment_context(enrolment_id: str, account: str, device: str) -> bytes:
    """What a probe of an enrolment is bound to."""
    return _context(b"enrolment", enrolment_id.encode(), account.encode(), device.encode())


def seal(public: X25519PublicKey, probe: Probe, context: bytes) -> SealedProbe:
    """`probe`, readable only to the holder of the private key and only in this context."""
    sealed = _SUITE.encrypt(msgspec.msgpack.encode(probe), public, info=_DOMAIN + context)
    return SealedProbe(key_id=key_id(public), ciphertext=sealed)


def open_sealed(private: X25519PrivateKey, sealed: SealedProbe, context: bytes) -> Probe:
    """The probe inside; raises SealError for another key, another context or damage."""
    if sealed.key_id != key_id(private.public_key()):
        msg = "sealed to another key"
        raise SealError(msg)
    try:
        plain = _SUITE.decrypt(sealed.ciphertext, private, info=_DOMAIN + context)
    except (InvalidTag, ValueError):
        msg = "the seal does not open: damaged, or of another payment"
        raise SealError(msg) from None
    try:
        return _PROBE.decode(plain)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        msg = f"inside the seal is no probe: {error}"
        raise SealError(msg) from None


def _context(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
