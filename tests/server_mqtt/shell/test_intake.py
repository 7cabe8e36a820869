"""Bytes from anybody become a message of a certain sender, or a refusal that its sender can act on."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from server_mqtt.contract import codec, topics
from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.messages import Enrolment, PayerStop, SealedProbe
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.intake import NO_MESSAGE_ID, Refusal, check_sender, read_body, read_envelope

_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
_ID = "ab" * 16
_TOPIC = topics.up("terminal-one", "payer_stop")
_PAYLOAD = codec.encode(_KEY, Direction.UP, "terminal-one", _ID, PayerStop(payment_id=_ID))


def _refusal(topic: str, payload: bytes) -> Refusal:
    read = read_envelope(topic, payload)
    assert isinstance(read, Refusal)
    return read


def test_a_message_of_its_device_is_read() -> None:
    envelope = read_envelope(_TOPIC, _PAYLOAD)
    assert isinstance(envelope, Envelope)
    assert check_sender(envelope, _KEY.public_key()) is None
    assert read_body(envelope) == PayerStop(payment_id=_ID)


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"\xc1", Reason.MALFORMED),
        (b"\x91" * 20_000, Reason.MALFORMED),
        (msgspec.msgpack.encode({"version": 1, "kind": "x"})[:-1] + b"\xff\xfe", Reason.MALFORMED),
        (b"\x81\xa4kind\xa2\xff\xfe", Reason.MALFORMED),
        (bytes(40_000), Reason.TOO_LARGE),
    ],
)
def test_what_cannot_be_decoded_is_refused_by_the_hash_of_its_bytes(payload: bytes, reason: Reason) -> None:
    refusal = _refusal(_TOPIC, payload)
    assert (refusal.reason, refusal.device) == (reason, "terminal-one")
    assert (refusal.in_reply_to, refusal.content_hash) == (NO_MESSAGE_ID, hashlib.sha256(payload).digest())


@given(payload=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_escape_as_an_exception(payload: bytes) -> None:
    assert isinstance(read_envelope(_TOPIC, payload), Refusal)


@given(position=st.integers(0, len(_PAYLOAD) - 1), bit=st.integers(0, 7))
@settings(max_examples=200, deadline=None)
@pytest.mark.fault(9)
def test_a_flipped_bit_is_found(position: int, bit: int) -> None:
    flipped = bytearray(_PAYLOAD)
    flipped[position] ^= 1 << bit
    read = read_envelope(_TOPIC, bytes(flipped))
    if isinstance(read, Envelope):
        assert check_sender(read, _KEY.public_key()) is not None or read == read_envelope(_TOPIC, _PAYLOAD)


@pytest.mark.fault(71)
@pytest.mark.parametrize("device", ["+", "#", "$SYS", "a/b", "x" * 65_536, "UPPER-CASE", "terminal-one/x"])
def test_a_topic_that_is_none_of_ours_names_nobody(device: str) -> None:
    refusal = _refusal(f"countersign/v1/{device}/up/payer_stop", _PAYLOAD)
    assert (refusal.reason, refusal.device) == (Reason.MALFORMED, None)


def test_a_message_made_for_another_device_is_refused_to_its_sender() -> None:
    refusal = _refusal(topics.up("terminal-two", "payer_stop"), _PAYLOAD)
    assert (refusal.reason, refusal.device) == (Reason.BAD_SIGNATURE, "terminal-two")
    assert refusal.in_reply_to == _ID


def test_a_kind_must_be_its_topic_s() -> None:
    assert _refusal(topics.up("terminal-one", "payer_request"), _PAYLOAD).reason is Reason.MALFORMED


def test_unknown_devices_and_foreign_signatures_are_told_apart() -> None:
    envelope = read_envelope(_TOPIC, _PAYLOAD)
    assert isinstance(envelope, Envelope)
    unknown = check_sender(envelope, None)
    foreign = check_sender(envelope, Ed25519PrivateKey.generate().public_key())
    assert unknown is not None
    assert foreign is not None
    assert (unknown.reason, foreign.reason) == (Reason.UNKNOWN_DEVICE, Reason.BAD_SIGNATURE)


def test_an_enrolment_does_not_come_over_the_broker() -> None:
    body = Enrolment(enrolment_id=_ID, account="DE0001", probes=(SealedProbe(key_id="k", ciphertext=b"c"),))
    payload = codec.encode(_KEY, Direction.UP, "terminal-one", _ID, body)
    envelope = read_envelope(topics.up("terminal-one", "enrolment"), payload)
    assert isinstance(envelope, Envelope)
    refusal = read_body(envelope)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.UNKNOWN_KIND
