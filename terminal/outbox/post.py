"""The post room: signs, hands to the link, sends again until the server answered. Impure: the disk and the link.

Answers, requests and questions are on disk before they come here and stay there until the server's reply. Presence and
acknowledgements are said once: the next connection, or the server's own re-sending, asks for them anew.
"""

from __future__ import annotations

from typing import Final

import structlog

from server_mqtt.contract.messages import Ack, Message, Presence
from terminal.outbox.keeper import Heard, Keeper, Outgoing
from terminal.outbox.letters import Pen
from terminal.outbox.schedule import Waiting
from terminal.ports import LinkPort

_MS_PER_S: Final = 1_000
_QUESTION: Final = "payment_query"

log = structlog.get_logger(__name__)


class Post:
    """Everything that goes up. Used by one thread."""

    def __init__(self, pen: Pen, keeper: Keeper, link: LinkPort) -> None:
        self._pen, self._keeper, self._link = pen, keeper, link

    def prepare(self, body: Message, payment_id: str, expires_in_ms: int | None) -> Outgoing:
        """`body` signed, to be kept."""
        return Outgoing(letter=self._pen.write(body), payment_id=payment_id, expires_in_ms=expires_in_ms)

    def replaced_by(self, outgoing: Outgoing) -> tuple[str, ...]:
        """What `outgoing` makes needless: the same question, asked before and not answered."""
        if outgoing.letter.kind != _QUESTION:
            return ()
        return self._keeper.schedule.of(_QUESTION, outgoing.payment_id)

    def send_due(self, now_ms: int) -> None:
        """What is due, for the first time or again, in the order in which it was said. Raises StorageError."""
        if not self._link.online:
            return
        for waiting in self._keeper.schedule.due(now_ms):
            self._send(waiting, now_ms)

    def say_presence(self, presence: Presence) -> None:
        """Said once: the next connection says it anew."""
        letter = self._pen.write(presence)
        self._link.publish(letter.kind, letter.payload)

    def acknowledge(self, heard: Heard) -> None:
        """Said once for every time that the server says it."""
        letter = self._pen.write(Ack(message_id=heard.message_id, content_hash=heard.content_hash))
        self._link.publish(letter.kind, letter.payload)

    def _send(self, waiting: Waiting, now_ms: int) -> None:
        payload = self._keeper.payload(waiting.message_id)
        if payload is None:
            self._keeper.schedule.remove(waiting.message_id)
            log.error("message_is_gone", kind=waiting.kind, message_id=waiting.message_id)
            return
        left_ms = None if waiting.expires_at_ms is None else waiting.expires_at_ms - now_ms
        if self._link.publish(waiting.kind, payload, expiry_s(left_ms)):
            self._keeper.schedule.sent(waiting.message_id, now_ms)


def expiry_s(left_ms: int | None) -> int | None:
    """MQTT's message expiry: whole seconds, rounded up, at least 1; the server's deadline is the exact one."""
    return None if left_ms is None else max(1, -(-left_ms // _MS_PER_S))
