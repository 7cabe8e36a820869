"""What a view is made from: the session at one moment, in one language. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from server_mqtt.contract.messages import Role
from terminal.session.book import entry_of
from terminal.session.limits import LEAVE_AFTER_MS, SLOW_AFTER_MS
from terminal.session.state import Entry, SessionState
from terminal.texts.catalogue import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`now_ms` is the monotonic clock of the session's events."""

    state: SessionState
    now_ms: int
    texts: Texts

    @property
    def role(self) -> Role:
        """Which end reads this screen."""
        return self.state.settings.role

    @property
    def online(self) -> bool:
        """Whether the server's word can arrive."""
        return self.state.health.online

    def entry(self, payment_id: str) -> Entry | None:
        """What is known of a payment."""
        return entry_of(self.state, payment_id)

    def is_slow(self, since_ms: int) -> bool:
        """Whether somebody who waits since then deserves a word."""
        return self.now_ms - since_ms >= SLOW_AFTER_MS

    def may_leave(self, since_ms: int) -> bool:
        """Whether a wait since then may be left."""
        return self.now_ms - since_ms >= LEAVE_AFTER_MS
