"""Two ends agree on a secret that who listens does not learn: X25519. Pure; MicroPython and CPython alike.

Source: RFC 7748, section 5. MicroPython has big integers and no such function. It is not constant in time: it runs once
at pairing, with keys used once, and whoever could time it has the board in hand.
"""

_P = 2**255 - 19
_A24 = 121665
_BASE = 9
KEY_BYTES = 32


def public_key(private: bytes) -> bytes:
    """The public key of 32 random bytes."""
    return _multiply(private, _BASE.to_bytes(KEY_BYTES, "little"))


def shared_secret(private: bytes, other_public: bytes) -> bytes:
    """The secret of both, 32 bytes. Raises ValueError for a key that makes everybody's secret the same."""
    secret = _multiply(private, other_public)
    if secret == bytes(KEY_BYTES):
        raise ValueError("a public key of low order")
    return secret


def _multiply(scalar: bytes, point: bytes) -> bytes:
    """The Montgomery ladder on the u coordinate. Raises ValueError for other than 32 bytes each."""
    if len(scalar) != KEY_BYTES or len(point) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    k = int.from_bytes(scalar, "little")
    k = (k & ~7 & ((1 << 255) - 1)) | (1 << 254)
    x1 = int.from_bytes(point, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3 = 1, 0, x1, 1
    swapped = 0
    for bit in range(254, -1, -1):
        digit = (k >> bit) & 1
        if digit != swapped:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = digit
        x2, z2, x3, z3 = _step(x1, x2, z2, x3, z3)
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, _P - 2, _P) % _P).to_bytes(KEY_BYTES, "little")


def _step(x1: int, x2: int, z2: int, x3: int, z3: int) -> tuple[int, int, int, int]:
    """One rung: the double of the first point, and the sum of both."""
    a, b = x2 + z2, x2 - z2
    aa, bb = a * a % _P, b * b % _P
    e = aa - bb
    da, cb = (x3 - z3) * a % _P, (x3 + z3) * b % _P
    plus, minus = da + cb, da - cb
    return aa * bb % _P, e * (aa + _A24 * e) % _P, plus * plus % _P, x1 * (minus * minus) % _P
