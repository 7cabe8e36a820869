"""From what the broker delivered to a message that is certainly the server's, or to the reason why it is none. Pure.

The ladder, first failure wins: never retained, our own topic, size and envelope, of this device and this kind, the
server's signature, the body, and the signature that a receipt keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from server_mqtt.contract import codec, topics
from server_mqtt.contract.codec import Envelope, WireError
from server_mqtt.contract.messages import Instruction, Message
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.receipt import Receipt, ReceiptError, check_signed
from server_mqtt.contract.signing import Direction
from terminal.devices.arrival import Arrival

_MS_PER_S: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FromServer:
    """A message whose signature held, for this device."""

    message_id: str
    content_hash: bytes
    body: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A message that does not count; `detail` is for the log."""

    reason: Reason
    detail: str


def read(arrival: Arrival, device: str, server: Ed25519PublicKey) -> FromServer | Dropped:
    """What `arrival` says to `device`, if it is from the holder of `server`'s private half."""
    if arrival.retained:
        return Dropped(reason=Reason.NOT_NOW, detail="a retained message: nobody knows how old it is")
    try:
        addressee, kind = topics.parse_down(arrival.topic)
        envelope = codec.decode_envelope(arrival.payload)
        dropped = _misdirected(envelope, device, addressee, kind)
        if dropped is not None:
            return dropped
        codec.check_signature(server, Direction.DOWN, envelope)
        body = codec.decode_body(Direction.DOWN, envelope)
        if isinstance(body, Receipt):
            check_signed(server, body)
    except topics.TopicError as error:
        return Dropped(reason=Reason.MALFORMED, detail=str(error))
    except WireError as error:
        return Dropped(reason=error.reason, detail=error.detail)
    except ReceiptError as error:
        return Dropped(reason=Reason.BAD_SIGNATURE, detail=f"a receipt: {error}")
    return FromServer(
        message_id=envelope.message_id,
        content_hash=envelope.content_hash(Direction.DOWN),
        body=_shortened(body, arrival.expiry_s),
    )


def _misdirected(envelope: Envelope, device: str, addressee: str, kind: str) -> Dropped | None:
    if addressee != device or envelope.device != device:
        return Dropped(reason=Reason.WRONG_TERMINAL, detail="made for another terminal")
    if envelope.kind != kind:
        return Dropped(reason=Reason.MALFORMED, detail=f"a {envelope.kind!r} on the topic of a {kind!r}")
    return None


def _shortened(body: Message, expiry_s: int | None) -> Message:
    """An instruction that waited at the broker has less time: the broker counted its expiry down meanwhile."""
    if not isinstance(body, Instruction) or expiry_s is None:
        return body
    return msgspec.structs.replace(body, preset_time_ms=min(body.preset_time_ms, expiry_s * _MS_PER_S))
