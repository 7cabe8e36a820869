"""A sealed probe opens to the server's key, in its own payment, and nowhere else."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract import sealing
from server_mqtt.contract.messages import Role, SealedProbe
from server_mqtt.contract.sealing import SealError
from tests.contract.samples import CONTEXT, DEVICE, NONCE, PAYMENT, PROBE, SEALING_KEY

SEALED = sealing.seal(SEALING_KEY.public_key(), PROBE, CONTEXT)


def test_round_trip() -> None:
    assert sealing.open_sealed(SEALING_KEY, SEALED, CONTEXT) == PROBE


def test_the_template_is_not_readable_in_the_seal() -> None:
    assert PROBE.template[:32] not in SEALED.ciphertext


@pytest.mark.fault(63)
@pytest.mark.parametrize(
    "context",
    [
        pytest.param(sealing.capture_context("ff" * 16, NONCE, DEVICE, Role.PAYER), id="another payment"),
        pytest.param(sealing.capture_context(PAYMENT, bytes(16), DEVICE, Role.PAYER), id="a fresh nonce"),
        pytest.param(sealing.capture_context(PAYMENT, NONCE, "payer-0002", Role.PAYER), id="another device"),
        pytest.param(sealing.capture_context(PAYMENT, NONCE, DEVICE, Role.PAYEE), id="the other role"),
        pytest.param(sealing.enrolment_context(PAYMENT, "DE-4711", DEVICE), id="an enrolment"),
    ],
)
def test_a_seal_cut_out_of_its_answer_does_not_open(context: bytes) -> None:
    with pytest.raises(SealError):
        sealing.open_sealed(SEALING_KEY, SEALED, context)


def test_another_key_is_refused_by_name() -> None:
    with pytest.raises(SealError, match="another key"):
        sealing.open_sealed(X25519PrivateKey.generate(), SEALED, CONTEXT)


@given(ciphertext=st.binary(max_size=200))
def test_any_bytes_are_refused(ciphertext: bytes) -> None:
    with pytest.raises(SealError):
        sealing.open_sealed(SEALING_KEY, SealedProbe(key_id=SEALED.key_id, ciphertext=ciphertext), CONTEXT)


@pytest.mark.fault(9)
@given(position=st.integers(0, len(SEALED.ciphertext) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_closes_the_seal(position: int, bit: int) -> None:
    damaged = bytearray(SEALED.ciphertext)
    damaged[position] ^= 1 << bit
    with pytest.raises(SealError):
        sealing.open_sealed(SEALING_KEY, SealedProbe(key_id=SEALED.key_id, ciphertext=bytes(damaged)), CONTEXT)


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x80", id="no fields"),
        pytest.param(b"\x81\xa1x" + b"\x91" * 5_000, id="deeply nested"),
        pytest.param(b"\x81\xa8modality\xa2\xff\xfe", id="invalid UTF-8"),
    ],
)
def test_what_is_inside_must_be_a_probe(plain: bytes) -> None:
    stray = sealing._SUITE.encrypt(plain, SEALING_KEY.public_key(), info=sealing._DOMAIN + CONTEXT)
    with pytest.raises(SealError, match="no probe"):
        sealing.open_sealed(SEALING_KEY, SealedProbe(key_id=SEALED.key_id, ciphertext=stray), CONTEXT)
