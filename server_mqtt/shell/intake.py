"""From bytes on a topic to a message whose sender is certain, or to the reason why it is none. Pure.

The ladder, first failure wins: the topic's device (which the broker has authenticated), the envelope, that it is of
this device and of this kind, the signature, the body.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from server_mqtt.contract import codec, topics
from server_mqtt.contract.codec import Envelope, WireError
from server_mqtt.contract.messages import Enrolment, Message
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction

NO_MESSAGE_ID: Final = "0" * 32
"""What a reply names when the message's id could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message does not count. `device` is whom to tell; None if not even the topic says who sent it."""

    reason: Reason
    detail: str
    device: str | None
    in_reply_to: str
    content_hash: bytes


def read_envelope(topic: str, payload: bytes) -> Envelope | Refusal:
    """The envelope in `payload`, of the topic's device and kind, its signature not yet checked.

    A refusal of what cannot be decoded names no message (32 zeros) and the SHA-256 of the payload itself.
    """
    try:
        device, kind = topics.parse_up(topic)
    except topics.TopicError as error:
        return _unread(None, payload, Reason.MALFORMED, str(error))
    try:
        envelope = codec.decode_envelope(payload)
    except WireError as error:
        return _unread(device, payload, error.reason, error.detail)
    if envelope.device != device:
        return refuse(envelope, Reason.BAD_SIGNATURE, "made for another device than the one that sent it", device)
    if envelope.kind != kind:
        return refuse(envelope, Reason.MALFORMED, f"a {envelope.kind[:40]!r} on the topic of a {kind!r}", device)
    return envelope


def check_sender(envelope: Envelope, key: Ed25519PublicKey | None) -> Refusal | None:
    """None if `envelope` is its device's own; `key` is None for a device that is unknown or revoked."""
    if key is None:
        return refuse(envelope, Reason.UNKNOWN_DEVICE, "this terminal is not known to the server")
    try:
        codec.check_signature(key, Direction.UP, envelope)
    except WireError as error:
        return refuse(envelope, error.reason, error.detail)
    return None


def read_body(envelope: Envelope) -> Message | Refusal:
    """The typed body of an envelope whose sender is certain."""
    try:
        body = codec.decode_body(Direction.UP, envelope)
    except WireError as error:
        return refuse(envelope, error.reason, error.detail)
    if isinstance(body, Enrolment):
        return refuse(envelope, Reason.UNKNOWN_KIND, "an enrolment travels as a file")
    return body


def refuse(envelope: Envelope, reason: Reason, detail: str, device: str | None = None) -> Refusal:
    """A refusal of a message whose envelope could be read."""
    return Refusal(
        reason=reason,
        detail=detail,
        device=device or envelope.device,
        in_reply_to=envelope.message_id,
        content_hash=envelope.content_hash(Direction.UP),
    )


def _unread(device: str | None, payload: bytes, reason: Reason, detail: str) -> Refusal:
    return Refusal(
        reason=reason,
        detail=detail,
        device=device,
        in_reply_to=NO_MESSAGE_ID,
        content_hash=hashlib.sha256(payload).digest(),
    )
