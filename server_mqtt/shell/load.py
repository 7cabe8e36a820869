"""How much is taken on: of all terminals together, and of each. Impure: its memory, and the log.

Each terminal has two buckets, one of all that it says and one of the payments it asks for, full at first: a message
takes one out, time puts them back. A stolen terminal so asks no thousand payers, and one that floods keeps nobody else
waiting. In memory, by each worker for itself: it is looked at before the queue and costs no statement, and what is
turned away was not begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from server_mqtt.contract import topics
from server_mqtt.contract.kinds import KIND_OF
from server_mqtt.contract.messages import PayerRequest

MAX_TERMINALS: Final = 10_000
"""Remembered at once, in some megabytes. Of more, the longest silent is forgotten: its buckets are fullest."""

TOLD_EVERY_MS: Final = 60_000
"""The log says of each terminal no more often that it says too much: a flood of messages makes no flood of lines."""

_MINUTE_MS: Final = 60_000
_REQUEST: Final = KIND_OF[PayerRequest]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """When to say "busy", and how much to commit at once; `..._a_minute` are one terminal's."""

    queue_limit: int
    batch_limit: int
    retry_after_ms: int
    messages_a_minute: int
    requests_a_minute: int


class Pace:
    """Of all terminals. Called from the event loop; each call returns at once."""

    def __init__(self, messages_a_minute: int, requests_a_minute: int) -> None:
        self._messages_a_minute, self._requests_a_minute = messages_a_minute, requests_a_minute
        # In the order in which they were last heard.
        self._terminals: dict[str, _Terminal] = {}

    def wait_ms(self, topic: str, now_ms: int) -> int:
        """0 for a message that is let in, which counts; else how long until its terminal is heard again.

        The broker vouches for the name in `topic`; a message on any other topic is not held up, but refused later.
        """
        try:
            device, kind = topics.parse_up(topic)
        except topics.TopicError:
            return 0
        terminal = self._terminal(device, now_ms)
        buckets = (terminal.messages, terminal.requests) if kind == _REQUEST else (terminal.messages,)
        wait_ms = max(bucket.wait_ms(now_ms) for bucket in buckets)
        if wait_ms == 0:
            for bucket in buckets:
                bucket.left -= 1
        elif terminal.told_at_ms is None or now_ms - terminal.told_at_ms >= TOLD_EVERY_MS:
            terminal.told_at_ms = now_ms
            log.warning("alert", device=device, kind=kind, reason="too_fast", retry_after_ms=wait_ms)
        return wait_ms

    def __len__(self) -> int:
        return len(self._terminals)

    def _terminal(self, device: str, now_ms: int) -> _Terminal:
        known = self._terminals.pop(device, None)
        if known is None:
            messages = _Bucket(most=self._messages_a_minute, left=self._messages_a_minute, at_ms=now_ms)
            requests = _Bucket(most=self._requests_a_minute, left=self._requests_a_minute, at_ms=now_ms)
            known = _Terminal(messages=messages, requests=requests)
            if len(self._terminals) == MAX_TERMINALS:
                del self._terminals[next(iter(self._terminals))]
        self._terminals[device] = known
        return known


@dataclass(slots=True, kw_only=True)
class _Bucket:
    """Holds `most` at most, and gets as many in a minute."""

    most: int
    left: float
    at_ms: int

    def wait_ms(self, now_ms: int) -> int:
        """How long until it holds one; 0 if it does."""
        passed_ms = max(0, now_ms - self.at_ms)
        self.left = min(self.most, self.left + passed_ms * self.most / _MINUTE_MS)
        self.at_ms = max(self.at_ms, now_ms)
        # Upwards, so that who comes back then is not turned away again.
        return 0 if self.left >= 1 else int((1 - self.left) * _MINUTE_MS / self.most) + 1


@dataclass(slots=True, kw_only=True)
class _Terminal:
    messages: _Bucket
    requests: _Bucket
    told_at_ms: int | None = None
