"""Signing what the server says. Impure in the random message ids."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract import codec, kinds, receipt
from server_mqtt.contract.limits import MAX_TEXT_LENGTH
from server_mqtt.contract.messages import Message, Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.broker import Publication
from server_mqtt.shell.intake import Refusal

REPLY_EXPIRY_S: Final = 60
"""A terminal that was away that long has sent its message again and gets the stored reply anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A signed message down: its id and hash, by which it will be acknowledged, and its bytes."""

    message_id: str
    content_hash: bytes
    publication: Publication


class Voice:
    """The server's signature under every message down."""

    def __init__(self, signing: Ed25519PrivateKey) -> None:
        self._signing = signing

    def say(self, device: str, body: Message, expiry_s: int | None = None) -> Said:
        """`body` for `device`, signed, under a new message id."""
        message_id = uuid.uuid4().hex
        payload = codec.encode(self._signing, Direction.DOWN, device, message_id, body)
        publication = Publication(device=device, kind=kinds.KIND_OF[type(body)], payload=payload, expiry_s=expiry_s)
        content_hash = codec.decode_envelope(payload).content_hash(Direction.DOWN)
        return Said(message_id=message_id, content_hash=content_hash, publication=publication)

    def sign_receipt(self, document: bytes) -> bytes:
        """The signature under a receipt's document, which holds without the message that carries it."""
        return receipt.sign_document(self._signing, document)

    def refuse(self, device: str, refusal: Refusal, retry_after_ms: int | None = None) -> Publication:
        """The reply that tells `device` why its message does not count, or when to send it again."""
        busy = refusal.reason is Reason.BUSY
        reply = Reply(
            in_reply_to=refusal.in_reply_to,
            content_hash=refusal.content_hash,
            status=ReplyStatus.BUSY if busy else ReplyStatus.REFUSED,
            reason=refusal.reason,
            detail=refusal.detail[:MAX_TEXT_LENGTH],
            retry_after_ms=retry_after_ms,
        )
        return self.say(device, reply, REPLY_EXPIRY_S).publication

    def accept(self, device: str, in_reply_to: str, content_hash: bytes) -> Publication:
        """The reply that ends a terminal's re-sending of a message."""
        reply = Reply(in_reply_to=in_reply_to, content_hash=content_hash, status=ReplyStatus.ACCEPTED)
        return self.say(device, reply, REPLY_EXPIRY_S).publication

    def repeat(self, device: str, payload: bytes) -> Publication:
        """A stored reply once more."""
        return Publication(device=device, kind="reply", payload=payload, expiry_s=REPLY_EXPIRY_S)
