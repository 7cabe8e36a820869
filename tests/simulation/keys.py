"""Signatures and seals that cost a microsecond: the simulated enemies are accidents, nobody forges anything.

The real codec signs and checks with them as with Ed25519; what they prove is only that nothing was mixed up.
"""

from __future__ import annotations

import hashlib
from typing import cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server_mqtt.contract.messages import Probe, SealedProbe
from server_mqtt.contract.signing import SIGNATURE_BYTES

_PROBE = msgspec.msgpack.Decoder(Probe)


class SimulatedKey:
    """Both halves of a key pair, as far as the codec uses them."""

    def __init__(self, name: str) -> None:
        self._secret = name.encode()

    def sign(self, data: bytes) -> bytes:
        """64 bytes that only this key makes of `data`."""
        return hashlib.blake2b(data, key=self._secret, digest_size=SIGNATURE_BYTES).digest()

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises InvalidSignature as the real key does."""
        if signature != self.sign(data):
            raise InvalidSignature

    @property
    def private(self) -> Ed25519PrivateKey:
        """For whoever signs."""
        return cast(Ed25519PrivateKey, self)

    @property
    def public(self) -> Ed25519PublicKey:
        """For whoever checks."""
        return cast(Ed25519PublicKey, self)


def seal(probe: Probe) -> SealedProbe:
    """A probe as it travels here."""
    return SealedProbe(key_id="simulated", ciphertext=msgspec.msgpack.encode(probe))


def unseal(sealed: SealedProbe) -> Probe:
    """The probe inside."""
    return _PROBE.decode(sealed.ciphertext)
