"""A signed head is the server's, whole, or it is none."""

from __future__ import annotations

import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.signing import sign
from server_mqtt.ledger.head import HeadError, read_head, sign_head
from server_mqtt.ledger.journal import START, Anchor

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
ANCHOR = Anchor(number=17, entry_hash=b"\xcd" * 32)
HEAD = sign_head(KEY, ANCHOR, 1_800_000_000_000)
CONTENT = msgspec.json.encode(HEAD)


@pytest.mark.parametrize("anchor", [START, ANCHOR, Anchor(number=2**63 - 1, entry_hash=bytes(range(32)))])
def test_a_head_is_read_as_it_was_signed(anchor: Anchor) -> None:
    head = sign_head(KEY, anchor, 5)
    read = read_head(PUBLIC, msgspec.json.format(msgspec.json.encode(head), indent=2))
    assert (read, read.anchor, read.at_ms) == (head, anchor, 5)


def test_what_is_signed_stays_what_it_is_for_ever() -> None:
    known = (
        "26f8852b7da4206445cb84137520aeafc4a0d663e1c2579d25d5e06277e7b235"
        "a3f5935a0643a0959adb8666ceb36303c054f3c4afbce2a640c895d4d04df80b"
    )
    assert sign_head(KEY, ANCHOR, 1_800_000_000_000).signature == known
    assert read_head(PUBLIC, CONTENT) == HEAD


@pytest.mark.fault(69)
@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_no_changed_byte_gives_another_head(index: int, mask: int) -> None:
    changed = bytearray(CONTENT)
    changed[index] ^= mask
    with pytest.raises(HeadError):
        read_head(PUBLIC, bytes(changed))


def test_what_is_no_head_is_told_with_its_fault() -> None:
    with pytest.raises(HeadError, match=r"^it is no head of a ledger: .* missing required field `entry_number`$"):
        read_head(PUBLIC, b"{}")


@pytest.mark.fault(69)
@pytest.mark.parametrize("changes", [{"entry_number": 16}, {"entry_hash": "ce" * 32}, {"at_ms": 1}])
def test_every_field_is_bound(changes: dict[str, object]) -> None:
    with pytest.raises(HeadError, match="signature"):
        read_head(PUBLIC, json.dumps(json.loads(CONTENT) | changes).encode())


def test_another_key_and_another_purpose_are_none() -> None:
    words = "^the signature does not fit: it was changed, or is another server's$"
    with pytest.raises(HeadError, match=words):
        read_head(Ed25519PrivateKey.generate().public_key(), CONTENT)
    bare = ANCHOR.number.to_bytes(8, "big") + ANCHOR.entry_hash + HEAD.at_ms.to_bytes(8, "big")
    forged = msgspec.structs.replace(HEAD, signature=sign(KEY, bare).hex())
    with pytest.raises(HeadError, match="signature"):
        read_head(PUBLIC, msgspec.json.encode(forged))
