"""Signatures and hashes: nothing of a message can be changed, and no two messages pass for each other."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server_mqtt.contract import codec, kinds
from server_mqtt.contract.codec import WireError
from server_mqtt.contract.messages import Message, PayerRequest
from server_mqtt.contract.signing import Direction, content_hash, signed_bytes
from tests.contract import samples
from tests.contract.samples import SAMPLES

MESSAGE_ID: Final = "2d" * 16
Parts = tuple[Direction, str, str, str, bytes]
PARTS = st.tuples(
    st.sampled_from(Direction), st.text(max_size=6), st.text(max_size=6), st.text(max_size=6), st.binary(max_size=6)
)


def is_accepted(payload: bytes, direction: Direction) -> bool:
    key = samples.DEVICE_KEY if direction is Direction.UP else samples.SERVER_KEY
    try:
        envelope = codec.decode_envelope(payload)
        codec.check_signature(key.public_key(), direction, envelope)
        codec.decode_body(direction, envelope)
    except WireError:
        return False
    return True


@pytest.mark.fault(9)
@pytest.mark.parametrize("body", SAMPLES, ids=lambda body: kinds.KIND_OF[type(body)])
def test_every_flipped_bit_of_every_kind_is_refused(body: Message) -> None:
    payload = samples.encoded(body)
    direction = samples.direction_of(body)
    assert is_accepted(payload, direction)
    for position in range(len(payload)):
        for bit in range(8):
            damaged = bytearray(payload)
            damaged[position] ^= 1 << bit
            assert not is_accepted(bytes(damaged), direction), (position, bit)


@pytest.mark.fault(9)
@given(damage=st.dictionaries(st.integers(0, len(samples.encoded(SAMPLES[0])) - 1), st.integers(1, 255), min_size=1))
def test_any_damage_is_refused(damage: dict[int, int]) -> None:
    damaged = bytearray(samples.encoded(SAMPLES[0]))
    for position, mask in damage.items():
        damaged[position] ^= mask
    assert not is_accepted(bytes(damaged), Direction.UP)


def request(amount_minor: int, reference: str) -> bytes:
    """The content hash of a payment request under one message id."""
    asked = SAMPLES[0]
    assert isinstance(asked, PayerRequest)
    body = msgspec.structs.replace(asked, amount_minor=amount_minor, reference=reference)
    payload = codec.encode(samples.DEVICE_KEY, Direction.UP, samples.DEVICE, MESSAGE_ID, body)
    return codec.decode_envelope(payload).content_hash(Direction.UP)


@pytest.mark.fault(2)
@given(
    one=st.tuples(st.integers(1, 10**15), st.text(max_size=35)),
    other=st.tuples(st.integers(1, 10**15), st.text(max_size=35)),
)
def test_other_content_under_the_same_id_has_another_hash(one: tuple[int, str], other: tuple[int, str]) -> None:
    assert (request(*one) == request(*other)) == (one == other)


@pytest.mark.fault(1)
def test_the_same_message_has_the_same_bytes_every_time() -> None:
    assert samples.encoded(SAMPLES[0]) == samples.encoded(SAMPLES[0])
    assert request(5, "table 7") == request(5, "table 7")


@given(one=PARTS, other=PARTS)
def test_no_two_messages_share_their_signed_bytes(one: Parts, other: Parts) -> None:
    assume(one != other)
    assert signed_bytes(*one) != signed_bytes(*other)
    assert content_hash(signed_bytes(*one)) != content_hash(signed_bytes(*other))


@given(parts=st.lists(st.text(max_size=8), min_size=3, max_size=3), moved=st.integers(1, 7))
def test_characters_that_move_between_fields_change_the_bytes(parts: list[str], moved: int) -> None:
    device, kind, message_id = parts
    assume(kind and moved <= len(kind))
    shifted = signed_bytes(Direction.UP, device + kind[:moved], kind[moved:], message_id, b"")
    assert shifted != signed_bytes(Direction.UP, device, kind, message_id, b"")
