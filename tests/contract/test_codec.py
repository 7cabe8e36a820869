"""Decoding is bounded and total: any bytes come to a message or to a named refusal."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract import codec, kinds, limits
from server_mqtt.contract.codec import Envelope, WireError
from server_mqtt.contract.messages import Message, PayerRequest, PayerStop
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from tests.contract import samples

PAYLOAD = samples.encoded(samples.SAMPLES[0])
KEY = samples.DEVICE_KEY.public_key()


class Filler(Message, frozen=True, kw_only=True):
    """A body of any size."""

    filling: bytes


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
@pytest.mark.parametrize(
    "amount", [12.5, 12.0, 1e300, float("nan"), True, "12", b"12", None, 2**63, -(2**63), 10**15 + 1]
)
def test_amounts_that_are_no_integers_of_the_wire_name_their_field(amount: object) -> None:
    fields = {**msgspec.structs.asdict(samples.SAMPLES[0]), "amount_minor": amount}
    with pytest.raises(WireError, match=r"payer_request: .*(amount_minor|out of range)") as caught:
        receive(forged(body=msgspec.msgpack.encode(fields)))
    assert caught.value.reason is Reason.MALFORMED


@pytest.mark.fault(71)
@pytest.mark.parametrize("text", ["+", "#", "/", "$SYS", "payer-0001/up", "payer-0001\n", "payer 0001", "x" * 20_000])
@pytest.mark.parametrize("field", ["device", "message_id", "payment_id", "payer_account"])
def test_ids_that_could_aim_elsewhere_are_refused(field: str, text: str) -> None:
    envelope: dict[str, object] = msgspec.msgpack.decode(PAYLOAD)
    if field in envelope:
        payload = msgspec.msgpack.encode({**envelope, field: text})
    else:
        body = {**msgspec.structs.asdict(samples.SAMPLES[0]), field: text}
        payload = forged(body=msgspec.msgpack.encode(body))
    assert reason_of(payload) is Reason.MALFORMED


def test_the_largest_body_travels_with_the_longest_names(monkeypatch: pytest.MonkeyPatch) -> None:
    kind, device = "x" * 40, "d" * 36
    monkeypatch.setattr(kinds, "KIND_OF", {Filler: kind})
    monkeypatch.setattr(codec, "_BODIES", {Direction.UP: {kind: msgspec.msgpack.Decoder(Filler)}})
    largest = Filler(filling=b"")
    largest = Filler(filling=bytes(limits.MAX_BODY_BYTES - len(msgspec.msgpack.encode(largest)) - 1))
    assert len(msgspec.msgpack.encode(largest)) == limits.MAX_BODY_BYTES
    payload = codec.encode(samples.DEVICE_KEY, Direction.UP, device, samples.PAYMENT, largest)
    assert len(payload) <= limits.MAX_MESSAGE_BYTES
    assert receive(payload) == largest


def test_a_body_that_nobody_would_read_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "KIND_OF", {Filler: "filler"})
    with pytest.raises(WireError, match=r"filler: .* at most") as caught:
        codec.encode(
            samples.DEVICE_KEY,
            Direction.UP,
            samples.DEVICE,
            samples.PAYMENT,
            Filler(filling=bytes(limits.MAX_BODY_BYTES)),
        )
    assert caught.value.reason is Reason.TOO_LARGE


def test_unknown_fields_are_ignored() -> None:
    body = {"payment_id": samples.PAYMENT, "mood": "good", "nested": {"any": [1, 2]}}
    assert receive(forged(kind="payer_stop", body=msgspec.msgpack.encode(body))) == PayerStop(
        payment_id=samples.PAYMENT
    )


def test_unknown_envelope_fields_are_ignored() -> None:
    fields = {**msgspec.msgpack.decode(PAYLOAD), "trace": "abc"}
    assert isinstance(receive(msgspec.msgpack.encode(fields)), PayerRequest)


@pytest.mark.fault(8)
@given(payload=st.binary(max_size=600) | st.binary(max_size=200).map(lambda tail: PAYLOAD[: -len(tail) - 1] + tail))
def test_any_bytes_are_refused_without_another_exception(payload: bytes) -> None:
    with pytest.raises(WireError):
        receive(payload)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def outcome_of(payload: bytes) -> object:
    """The message, or the reason why there is none."""
    try:
        return receive(payload)
    except WireError as error:
        return error.reason


@pytest.mark.fault(8)
@given(data=st.data(), kind=st.sampled_from(sorted(kinds.UP)))
def test_any_signed_body_decodes_or_is_refused(data: st.DataObject, kind: str) -> None:
    """Bodies of the right names with any values inside, as only a device gone wrong could sign them."""
    sample = next(body for body in samples.SAMPLES if kinds.KIND_OF[type(body)] == kind)
    fields = msgspec.to_builtins(sample, builtin_types=(bytes,))
    wrong = data.draw(st.dictionaries(st.sampled_from(sorted(fields)) | st.text(max_size=12), ANYTHING, max_size=3))
    outcome = outcome_of(forged(kind=kind, body=msgspec.msgpack.encode({**fields, **wrong})))
    assert outcome is Reason.MALFORMED or type(outcome) is kinds.UP[kind]


def test_a_signature_counts_in_its_direction_only() -> None:
    envelope = codec.decode_envelope(PAYLOAD)
    with pytest.raises(WireError) as caught:
        codec.check_signature(KEY, Direction.DOWN, envelope)
    assert caught.value.reason is Reason.BAD_SIGNATURE


def test_another_device_key_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        codec.check_signature(samples.SERVER_KEY.public_key(), Direction.UP, codec.decode_envelope(PAYLOAD))
    assert caught.value.reason is Reason.BAD_SIGNATURE
