"""Decoding is bounded and total: any bytes come to a message or to a named refusal."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_mqtt.contract import codec, limits
from server_mqtt.contract.codec import Envelope, WireError
from server_mqtt.contract.messages import PayerRequest, PayerStop
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from tests.contract import samples

PAYLOAD = samples.encoded(samples.SAMPLES[0])
KEY = samples.DEVICE_KEY.public_key()


def receive(payload: bytes) -> object:
    """What a server does with a payload before it looks at its content."""
    envelope = codec.decode_envelope(payload)
    codec.check_signature(KEY, Direction.UP, envelope)
    return codec.decode_body(Direction.UP, envelope)


def reason_of(payload: bytes) -> Reason:
    with pytest.raises(WireError) as caught:
        receive(payload)
    assert caught.value.detail
    return caught.value.reason


def forged(**changes: object) -> bytes:
    """The sample's envelope with some fields replaced and signed again, as only its owner could."""
    fields = {**msgspec.structs.asdict(codec.decode_envelope(PAYLOAD)), **changes}
    envelope = Envelope(**{**fields, "signature": bytes(64)})
    signature = samples.DEVICE_KEY.sign(envelope.signed_bytes(Direction.UP))
    return msgspec.msgpack.encode({**fields, "signature": signature})


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"", Reason.MALFORMED, id="empty"),
        pytest.param(b"\x00", Reason.MALFORMED, id="zero"),
        pytest.param(b"\xc1" * 64, Reason.MALFORMED, id="never-used byte"),
        pytest.param(b"\x91" * 20_000, Reason.MALFORMED, id="deeply nested arrays"),
        pytest.param(b"\x81\xa1x" + b"\x81\xa1x" * 9_000 + b"\x00", Reason.MALFORMED, id="deeply nested maps"),
        pytest.param(b"\x81\xa6device\xa2\xff\xfe", Reason.MALFORMED, id="invalid UTF-8"),
        pytest.param(b"\x86\xdd\xff\xff\xff\xff", Reason.MALFORMED, id="announces 4 G entries"),
        pytest.param(PAYLOAD[:-1], Reason.MALFORMED, id="cut short"),
        pytest.param(PAYLOAD + b"\x00", Reason.MALFORMED, id="goes on"),
        pytest.param(b"x" * (limits.MAX_MESSAGE_BYTES + 1), Reason.TOO_LARGE, id="oversized"),
        pytest.param(forged(version=2), Reason.UNSUPPORTED_VERSION, id="version"),
        pytest.param(forged(kind="drain_account"), Reason.UNKNOWN_KIND, id="unknown kind"),
        pytest.param(forged(kind="reply"), Reason.UNKNOWN_KIND, id="a kind of the other direction"),
        pytest.param(forged(body=b"\x80"), Reason.MALFORMED, id="empty body"),
        pytest.param(forged(body=b"\x91" * 20_000), Reason.MALFORMED, id="deep body"),
    ],
)
def test_bad_payloads_are_refused_by_name(payload: bytes, reason: Reason) -> None:
    assert reason_of(payload) is reason


@pytest.mark.fault(29)
@pytest.mark.parametrize("amount", [12.5, 1e300, "12", None, 2**63, -(2**63), 10**15 + 1])
def test_amounts_that_are_no_integers_of_the_wire_name_their_field(amount: object) -> None:
    fields = {**msgspec.structs.asdict(samples.SAMPLES[0]), "amount_minor": amount}
    with pytest.raises(WireError, match=r"amount_minor|out of range") as caught:
        receive(forged(body=msgspec.msgpack.encode(fields)) if amount != 2**63 else forged(body=_too_big(fields)))
    assert caught.value.reason is Reason.MALFORMED


def _too_big(fields: dict[str, object]) -> bytes:
    return msgspec.msgpack.encode(fields)


def test_unknown_fields_are_ignored() -> None:
    body = {"payment_id": samples.PAYMENT, "mood": "good", "nested": {"any": [1, 2]}}
    assert receive(forged(kind="payer_stop", body=msgspec.msgpack.encode(body))) == PayerStop(
        payment_id=samples.PAYMENT
    )


def test_unknown_envelope_fields_are_ignored() -> None:
    fields = {**msgspec.msgpack.decode(PAYLOAD), "trace": "abc"}
    assert isinstance(receive(msgspec.msgpack.encode(fields)), PayerRequest)


@pytest.mark.fault(9)
@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, len(PAYLOAD) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_is_never_accepted(position: int, bit: int) -> None:
    damaged = bytearray(PAYLOAD)
    damaged[position] ^= 1 << bit
    try:
        receive(bytes(damaged))
    except WireError:
        return
    # MessagePack has several spellings of one value; what was signed must then be unchanged.
    assert codec.decode_envelope(bytes(damaged)) == codec.decode_envelope(PAYLOAD)


@pytest.mark.fault(8)
@settings(max_examples=300, deadline=None)
@given(payload=st.binary(max_size=600))
def test_any_bytes_are_refused_without_another_exception(payload: bytes) -> None:
    with pytest.raises(WireError):
        receive(payload)


@settings(max_examples=100, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20) | st.binary(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    ),
    kind=st.sampled_from(["payer_request", "payee_capture", "payer_capture", "presence", "ack"]),
)
def test_any_signed_body_decodes_or_is_refused(value: object, kind: str) -> None:
    try:
        receive(forged(kind=kind, body=msgspec.msgpack.encode(value)))
    except WireError as error:
        assert error.reason is Reason.MALFORMED


def test_a_signature_counts_in_its_direction_only() -> None:
    envelope = codec.decode_envelope(PAYLOAD)
    with pytest.raises(WireError) as caught:
        codec.check_signature(KEY, Direction.DOWN, envelope)
    assert caught.value.reason is Reason.BAD_SIGNATURE


def test_another_device_key_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        codec.check_signature(samples.SERVER_KEY.public_key(), Direction.UP, codec.decode_envelope(PAYLOAD))
    assert caught.value.reason is Reason.BAD_SIGNATURE
