"""Signing what the terminal says. Impure in the random message ids."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract import codec, kinds
from server_mqtt.contract.messages import Message
from server_mqtt.contract.signing import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One signed message: its id and hash, by which the server answers it, and its bytes."""

    message_id: str
    kind: str
    content_hash: bytes
    payload: bytes = field(repr=False)


class Pen:
    """The terminal's signature under every message up."""

    def __init__(self, device: str, key: Ed25519PrivateKey) -> None:
        self._device, self._key = device, key

    def write(self, body: Message) -> Letter:
        """`body`, signed, under a new message id."""
        message_id = uuid.uuid4().hex
        payload = codec.encode(self._key, Direction.UP, self._device, message_id, body)
        content_hash = codec.decode_envelope(payload).content_hash(Direction.UP)
        return Letter(message_id=message_id, kind=kinds.KIND_OF[type(body)], content_hash=content_hash, payload=payload)
