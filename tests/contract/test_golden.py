"""The wire as bytes: every kind against its stored vector, so that no end changes it unnoticed."""

from __future__ import annotations

import json

import msgspec
import pytest

from server_mqtt.contract import codec, kinds, sealing
from server_mqtt.contract.messages import Message, SealedProbe
from tests.contract import samples


def test_every_kind_has_a_sample() -> None:
    assert {kinds.KIND_OF[type(body)] for body in samples.SAMPLES} == set(kinds.UP) | set(kinds.DOWN)


@pytest.mark.parametrize("body", samples.SAMPLES, ids=lambda body: kinds.KIND_OF[type(body)])
def test_encoding_is_the_stored_vector(body: Message) -> None:
    envelope, shown = samples.golden(kinds.KIND_OF[type(body)])
    assert samples.encoded(body).hex() == envelope.hex()
    assert json.loads(msgspec.json.encode(body)) == shown


@pytest.mark.parametrize("body", samples.SAMPLES, ids=lambda body: kinds.KIND_OF[type(body)])
def test_stored_vector_decodes_to_the_sample(body: Message) -> None:
    payload, _ = samples.golden(kinds.KIND_OF[type(body)])
    direction = samples.direction_of(body)
    key = samples.DEVICE_KEY if direction.value == "up" else samples.SERVER_KEY
    envelope = codec.decode_envelope(payload)
    codec.check_signature(key.public_key(), direction, envelope)
    assert codec.decode_body(direction, envelope) == body


def test_stored_seal_opens() -> None:
    ciphertext = bytes.fromhex((samples.GOLDEN / "sealed_probe.hex").read_text().strip())
    sealed = SealedProbe(key_id=sealing.key_id(samples.SEALING_KEY.public_key()), ciphertext=ciphertext)
    assert sealing.open_sealed(samples.SEALING_KEY, sealed, samples.CONTEXT) == samples.PROBE
