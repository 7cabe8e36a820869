"""References at rest (ISO/IEC 24745): encrypted, renewable, unlinkable. Impure only in the encryption's random nonces.

Face references are rotated by a keyed orthogonal matrix of their enrolment before they are encrypted: distances stay
what they are, but the same face enrolled twice leaves two unrelated vectors, of length 1 both. The probe is rotated the
same way before it is compared. Keys are derived from the template key, which is not in the database.

What the rotation is for, and what not: it renews and it keeps enrolments apart; whoever has the template key, or a
photo of the person beside the rotated vector of many, undoes it. Secrecy is the encryption's part. Fingerprint records
are encrypted only: no transformation of minutiae is known that costs no accuracy.
"""

from __future__ import annotations

import secrets
from typing import Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from server_mqtt.contract.messages import Modality
from server_mqtt.shell.errors import StoredReferenceError

FACE_DIMENSIONS: Final = 128
"""Length of a face embedding."""

_NONCE_BYTES: Final = 12
"""What AES-GCM is specified for (NIST SP 800-38D)."""

_KEY_BYTES: Final = 32
_ENCRYPTION: Final = b"countersign/v1/reference encryption"
_ROTATION: Final = b"countersign/v1/face rotation\x00"
_CHACHA_NONCE: Final = bytes(16)
"""The key is used for this one stream, so its nonce may be fixed."""


class ReferenceProtection:
    """Encrypts, decrypts and rotates references under one template key."""

    def __init__(self, template_key: bytes) -> None:
        self._template_key = template_key
        self._cipher = AESGCM(_derive(template_key, _ENCRYPTION))

    def encrypt(self, plain: bytes, *, account: str, enrolment_id: str, modality: Modality) -> bytes:
        """Nonce and ciphertext; opens only for the same account, enrolment and modality."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, _binding(account, enrolment_id, modality))

    def decrypt(self, stored: bytes, *, account: str, enrolment_id: str, modality: Modality) -> bytes:
        """What was encrypted; raises StoredReferenceError for another key, another owner or damage."""
        nonce, ciphertext = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, ciphertext, _binding(account, enrolment_id, modality))
        except (InvalidTag, ValueError):
            raise StoredReferenceError(
                f"a {modality.value} reference of enrolment {enrolment_id} does not decrypt: "
                "another template key, or a damaged row"
            ) from None

    def rotate(self, embedding: NDArray[np.float32], enrolment_id: str) -> NDArray[np.float32]:
        """`embedding` (float32[128]) in the enrolment's own coordinates; distances within them are unchanged."""
        rotated: NDArray[np.float32] = (self._rotation(enrolment_id) @ embedding.astype(np.float64)).astype(np.float32)
        return rotated

    def rotate_back(self, rotated: NDArray[np.float32], enrolment_id: str) -> NDArray[np.float32]:
        """The embedding (float32[128]) that `rotate` made `rotated` of, but for float32's rounding."""
        plain: NDArray[np.float32] = (self._rotation(enrolment_id).T @ rotated.astype(np.float64)).astype(np.float32)
        return plain

    def _rotation(self, enrolment_id: str) -> NDArray[np.float64]:
        return orthogonal_matrix(_derive(self._template_key, _ROTATION + enrolment_id.encode()))


def orthogonal_matrix(seed: bytes) -> NDArray[np.float64]:
    """A random rotation (float64[128, 128]) drawn uniformly by `seed` (32 bytes).

    QR of a Gaussian matrix with the signs of R's diagonal fixed (Mezzadri 2007). The Gaussians are made from a ChaCha20
    stream by Box and Muller, so that no library's generator, which may change, decides whether references still match.
    """
    count = FACE_DIMENSIONS * FACE_DIMENSIONS
    stream = Cipher(ChaCha20(seed, _CHACHA_NONCE), mode=None).encryptor().update(bytes(8 * 2 * count))
    uniform = (np.frombuffer(stream, dtype="<u8").astype(np.float64) + 0.5) / 2.0**64
    radius = np.sqrt(-2.0 * np.log(uniform[:count]))
    gaussian = (radius * np.cos(2.0 * np.pi * uniform[count:])).reshape(FACE_DIMENSIONS, FACE_DIMENSIONS)
    q, r = np.linalg.qr(gaussian)
    matrix: NDArray[np.float64] = q * np.sign(np.diag(r))
    return matrix


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def _binding(account: str, enrolment_id: str, modality: Modality) -> bytes:
    parts = (account.encode(), enrolment_id.encode(), modality.value.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
