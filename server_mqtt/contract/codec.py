"""Envelopes: MessagePack bytes in, checked messages out, and back. Pure.

Decoding is bounded and total: whatever the bytes, the outcome is a message or a `WireError` that names a reason of the
contract and words for its sender.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from server_mqtt.contract import kinds, limits
from server_mqtt.contract.messages import Device, Id, Message
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import (
    SIGNATURE_BYTES,
    Direction,
    SignatureError,
    content_hash,
    sign,
    signed_bytes,
    verify,
)


class Envelope(Message, frozen=True, kw_only=True):
    """One message as it travels. The body stays bytes: exactly what was signed."""

    version: int
    message_id: Id
    device: Device
    kind: Annotated[str, Meta(max_length=40)]
    body: Annotated[bytes, Meta(max_length=limits.MAX_BODY_BYTES)]
    signature: Annotated[bytes, Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]

    def signed_bytes(self, direction: Direction) -> bytes:
        """What its signature and content hash are made over."""
        return signed_bytes(direction, self.device, self.kind, self.message_id, self.body)

    def content_hash(self, direction: Direction) -> bytes:
        """SHA-256 (32 bytes) by which the other end acknowledges it."""
        return content_hash(self.signed_bytes(direction))


class WireError(Exception):
    """Bytes that are no valid message. `reason` is for the sender's program, the text for its people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail[: limits.MAX_TEXT_LENGTH]


_ENVELOPE: Final = msgspec.msgpack.Decoder(Envelope)
_ENCODER: Final = msgspec.msgpack.Encoder()
_BODIES: Final = {
    Direction.UP: {kind: msgspec.msgpack.Decoder(body) for kind, body in kinds.UP.items()},
    Direction.DOWN: {kind: msgspec.msgpack.Decoder(body) for kind, body in kinds.DOWN.items()},
}


def encode(key: Ed25519PrivateKey, direction: Direction, device: str, message_id: str, body: Message) -> bytes:
    """The signed envelope of `body`, as bytes for the wire; raises WireError (too_large) for what nobody would read."""
    kind = kinds.KIND_OF[type(body)]
    raw = _ENCODER.encode(body)
    if len(raw) > limits.MAX_BODY_BYTES:
        raise WireError(Reason.TOO_LARGE, f"{kind}: {len(raw)} bytes, at most {limits.MAX_BODY_BYTES} travel")
    signature = sign(key, signed_bytes(direction, device, kind, message_id, raw))
    envelope = Envelope(
        version=limits.PROTOCOL_VERSION,
        message_id=message_id,
        device=device,
        kind=kind,
        body=raw,
        signature=signature,
    )
    return _ENCODER.encode(envelope)


def decode_envelope(payload: bytes) -> Envelope:
    """The envelope of `payload`, not yet trusted; raises WireError (too_large, malformed, unsupported_version)."""
    if len(payload) > limits.MAX_MESSAGE_BYTES:
        raise WireError(Reason.TOO_LARGE, f"{len(payload)} bytes, at most {limits.MAX_MESSAGE_BYTES} are read")
    try:
        envelope = _ENVELOPE.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(Reason.MALFORMED, f"no envelope: {error}") from None
    if envelope.version != limits.PROTOCOL_VERSION:
        raise WireError(
            Reason.UNSUPPORTED_VERSION,
            f"version {envelope.version} of the protocol; {limits.PROTOCOL_VERSION} is spoken here",
        )
    return envelope


def check_signature(key: Ed25519PublicKey, direction: Direction, envelope: Envelope) -> None:
    """Returns if the envelope is its sender's; raises WireError(bad_signature)."""
    try:
        verify(key, envelope.signature, envelope.signed_bytes(direction))
    except SignatureError as error:
        raise WireError(Reason.BAD_SIGNATURE, str(error)) from None


def decode_body(direction: Direction, envelope: Envelope) -> Message:
    """The typed body; raises WireError (unknown_kind, malformed: with the path of the first wrong field)."""
    decoder = _BODIES[direction].get(envelope.kind)
    if decoder is None:
        raise WireError(Reason.UNKNOWN_KIND, f"messages of kind {envelope.kind!r} are not known here")
    try:
        body = decoder.decode(envelope.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(Reason.MALFORMED, f"{envelope.kind}: {error}") from None
    return body
