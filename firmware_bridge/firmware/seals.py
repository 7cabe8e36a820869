"""Who speaks: the key of a pairing, the keys of a session, the seal on each frame. Pure; MicroPython and CPython alike.

A pairing's key comes of X25519. Both ends add a nonce at each start, so that every session has keys of its own and
nothing of an earlier one is taken for a word of this one; each direction has its own, so that no end's words come
back to it. HMAC-SHA-256 after RFC 2104; keys are derived by it with a label each, as in RFC 5869.
"""

import hashlib

from firmware_bridge.firmware.frames import SEAL_BYTES

NONCE_BYTES = 16
PROOF_BYTES = 16
PAIRING_KEY_BYTES = 32
_BLOCK_BYTES = 64


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104 over SHA-256, 32 bytes; MicroPython has no hmac. `key` of at most 64 bytes."""
    if len(key) > _BLOCK_BYTES:
        raise ValueError("a key of more than 64 bytes")
    padded = key + bytes(_BLOCK_BYTES - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in padded]))
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in padded]))
    outer.update(inner.digest())
    return outer.digest()


def same(one: bytes, other: bytes) -> bool:
    """Whether both are equal, in a time that does not tell where they differ."""
    if len(one) != len(other):
        return False
    difference = 0
    for a, b in zip(one, other):  # noqa: B905 - MicroPython's zip knows no strict; lengths are equal
        difference |= a ^ b
    return difference == 0


def pairing_key(secret: bytes, terminal_public: bytes, board_public: bytes) -> bytes:
    """The key that both keep, of the secret that both agreed on and of what each said for it."""
    return hmac_sha256(b"countersign bridge pairing 1", secret + terminal_public + board_public)


def proof(key: bytes, terminal_nonce: bytes, welcome: bytes) -> bytes:
    """By which a board shows that it knows the pairing's key; `welcome` is all that it says before it."""
    return hmac_sha256(key, b"board" + terminal_nonce + welcome)[:PROOF_BYTES]


class Seals:
    """Both directions of one session."""

    def __init__(self, key: bytes, terminal_nonce: bytes, board_nonce: bytes, *, is_board: bool) -> None:
        session = hmac_sha256(key, b"session" + terminal_nonce + board_nonce)
        of_board = hmac_sha256(session, b"of the board")
        of_terminal = hmac_sha256(session, b"of the terminal")
        self._own, self._other = (of_board, of_terminal) if is_board else (of_terminal, of_board)

    def seal(self, said: bytes) -> bytes:
        """For what this end says."""
        return hmac_sha256(self._own, said)[:SEAL_BYTES]

    def is_others(self, said: bytes, seal: bytes) -> bool:
        """Whether the other end said it, in this session."""
        return same(hmac_sha256(self._other, said)[:SEAL_BYTES], seal)
