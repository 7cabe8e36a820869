"""Keys and seals of the bridge board: what the standards say, and what no stranger can say."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.firmware import seals, x25519

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.binary(min_size=16, max_size=16)


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_hmac_is_the_standards(key: bytes, message: bytes) -> None:
    assert seals.hmac_sha256(key, message) == hmac.new(key, message, hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("scalar", "point", "product"),
    [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ],
)
def test_x25519_is_that_of_the_rfc(scalar: str, point: str, product: str) -> None:
    assert x25519.shared_secret(bytes.fromhex(scalar), bytes.fromhex(point)).hex() == product


@settings(max_examples=20)
@given(KEYS, KEYS)
def test_x25519_agrees_with_a_kept_library(one: bytes, other: bytes) -> None:
    theirs = X25519PrivateKey.from_private_bytes(other)
    public = x25519.public_key(one)
    assert public == X25519PrivateKey.from_private_bytes(one).public_key().public_bytes_raw()
    ours = x25519.shared_secret(one, theirs.public_key().public_bytes_raw())
    assert ours == theirs.exchange(X25519PublicKey.from_public_bytes(public))


@pytest.mark.parametrize("point", [bytes(32), (1).to_bytes(32, "little"), (2**255 - 20).to_bytes(32, "little")])
def test_a_public_key_that_makes_one_secret_for_all_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match="low order"):
        x25519.shared_secret(bytes(range(32)), point)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_size_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        x25519.shared_secret(bytes(range(32)), bytes(length))


@given(KEYS, NONCES, NONCES, st.binary(max_size=200))
def test_each_end_knows_the_other_and_not_itself(key: bytes, one: bytes, two: bytes, said: bytes) -> None:
    board = seals.Seals(key, one, two, is_board=True)
    terminal = seals.Seals(key, one, two, is_board=False)
    assert terminal.is_others(said, board.seal(said))
    assert board.is_others(said, terminal.seal(said))
    assert not board.is_others(said, board.seal(said))  # its own words played back to it
    assert not terminal.is_others(said + b"\0", board.seal(said))


@given(KEYS, st.lists(NONCES, min_size=3, max_size=3, unique=True))
def test_nothing_of_another_session_or_another_pairing_is_taken(key: bytes, nonces: list[bytes]) -> None:
    one, two, three = nonces
    said = b"case shut"
    terminal = seals.Seals(key, one, two, is_board=False)
    for other in (
        seals.Seals(key, three, two, is_board=True),
        seals.Seals(key, one, three, is_board=True),
        seals.Seals(key[::-1] + b"x", one, two, is_board=True),
    ):
        assert not terminal.is_others(said, other.seal(said))


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_same_is_equality(one: bytes, other: bytes) -> None:
    assert seals.same(one, other) == (one == other)
    assert seals.same(one, bytes(one))
