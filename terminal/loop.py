"""The session at work: one event at a time through the reducer, onto the disk, then out. No thread of its own.

The one way through: reduce, then one transaction with everything the event changes, then the commands. What the server
said is acknowledged after that transaction; what could not be stored is neither sent nor acknowledged. Impure: the
disk, the link.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from server_mqtt.contract.messages import Message, PaymentStatus, Presence, Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.receipt import Receipt
from terminal.devices.arrival import Arrival
from terminal.devices.intake import Dropped, FromServer, read
from terminal.errors import StorageError
from terminal.outbox.book import Book
from terminal.outbox.keeper import Change, Heard, Keeper, Outgoing
from terminal.outbox.post import Post
from terminal.outbox.wanted import wanted_for_ms
from terminal.ports import Clocks, LinkPort, SensorsPort
from terminal.session.commands import Announce, Command, Ignored, Send, StartCapture, StopCapture
from terminal.session.events import (
    Event,
    InstructionReceived,
    LinkChanged,
    Replied,
    Restored,
    StatusReceived,
    StorageChanged,
    Ticked,
)
from terminal.session.reducer import reduce
from terminal.session.state import AnyInstruction, SessionState

RETRY_DISK_MS: Final = 5_000
"""How often a disk that failed is tried again: who made room sees the terminal come back."""

RETRY_BUSY_MS: Final = 2_000
"""When to send again what a busy server refused without saying when."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who this terminal is, and whom it believes."""

    device: str
    software: str
    server: Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the server said, as far as the disk has to know: a message to remember, one of ours answered, a receipt."""

    heard: Heard | None = None
    answered: tuple[str, ...] = ()
    receipt: Receipt | None = None


class SessionLoop:
    """Owns the session's state. Everything is called from one thread; `state` and `dropped` may be read anywhere."""

    def __init__(
        self,
        state: SessionState,
        who: Who,
        *,
        keeper: Keeper,
        post: Post,
        link: LinkPort,
        sensors: SensorsPort,
        clocks: Clocks,
    ) -> None:
        self.state = state
        self.dropped: Counter[str] = Counter()
        self._who, self._keeper, self._post = who, keeper, post
        self._link, self._sensors, self._clocks = link, sensors, clocks
        self._restored = False
        self._disk_works = True
        self._retry_disk_at_ms = 0
        self._comes_again = False

    # --- what happens ---

    def begin(self) -> None:
        """Take up what an earlier run left on disk."""
        book = Book()
        try:
            book = self._keeper.restore(self._clocks.now())
            self._restored = True
        except StorageError as error:
            self._disk_fails(error)
        self._advance(Restored(payments=book.payments, recents=book.recents))

    def take(self, event: Event) -> None:
        """Something happened at this end."""
        if event == LinkChanged(online=False):
            # What was on its way may be lost: everything is due as soon as there is a connection.
            self._keeper.schedule.bring_forward(self._clocks.monotonic())
        self._advance(event)
        if event == LinkChanged(online=True):
            self._send_due()

    def tick(self) -> None:
        """Time went by: look after the disk, send what is due, let the session notice."""
        now_ms = self._clocks.monotonic()
        if not self._disk_works and now_ms >= self._retry_disk_at_ms:
            self._retry_disk()
        self._give_up(self._keeper.schedule.expired(now_ms))
        self._send_due()
        self._advance(Ticked())

    def arrive(self, arrival: Arrival) -> None:
        """The broker delivered a message: dropped and counted, or through the session, onto the disk, acknowledged."""
        message = read(arrival, self._who.device, self._who.server)
        if isinstance(message, Dropped):
            self._drop(message)
        elif not (self._hear_reply(message.body) if isinstance(message.body, Reply) else self._hear(message)):
            self._comes_again = True  # it is not on disk, so it is not acknowledged
            return
        self._link.acknowledge(arrival)

    # --- what the server said: True if it is dealt with ---

    def _hear(self, message: FromServer) -> bool:
        heard = Heard(message_id=message.message_id, content_hash=message.content_hash)
        try:
            before = self._keeper.handled(heard.message_id)
        except StorageError as error:
            self._disk_fails(error)
            return False
        if before is None:
            receipt = message.body if isinstance(message.body, Receipt) else None
            if not self._advance(_event_of(message.body), _Said(heard=heard, receipt=receipt)):
                return False
        elif before == heard.content_hash:
            log.info("message_repeated", message_id=heard.message_id)
        else:
            self._drop(Dropped(reason=Reason.ID_REUSED, detail="this id was used for another message"))
            return True
        self._post.acknowledge(heard)
        return True

    def _hear_reply(self, reply: Reply) -> bool:
        waiting = self._keeper.schedule.find(reply.in_reply_to)
        if waiting is None:
            log.debug("reply_to_nothing", in_reply_to=reply.in_reply_to, status=reply.status.value)
            return True
        if waiting.content_hash != reply.content_hash:
            self._drop(Dropped(reason=Reason.ID_REUSED, detail="a reply to other content under this id"))
            return True
        event = Replied(kind=waiting.kind, payment_id=waiting.payment_id, status=reply.status, reason=reply.reason)
        if reply.status is ReplyStatus.BUSY:
            pause_ms = RETRY_BUSY_MS if reply.retry_after_ms is None else reply.retry_after_ms
            self._keeper.schedule.postpone(reply.in_reply_to, self._clocks.monotonic() + pause_ms)
            return self._advance(event, _Said())
        if reply.status is ReplyStatus.REFUSED:
            log.warning("message_refused", kind=waiting.kind, reason=reply.reason, detail=reply.detail)
        return self._advance(event, _Said(answered=(reply.in_reply_to,)))

    def _drop(self, dropped: Dropped) -> None:
        self.dropped[dropped.reason.value] += 1
        log.warning("message_dropped", reason=dropped.reason.value, detail=dropped.detail)

    # --- the one way through ---

    def _advance(self, event: Event, said: _Said | None = None) -> bool:
        """Reduce, keep, carry out. False: the disk kept nothing.

        If the server said it, it did not happen then: the server says it again. What happened here has happened, only
        nothing of it is sent.
        """
        before = self.state
        after, commands = reduce(before, event, self._clocks.monotonic())
        outgoing = tuple(self._prepare(before, after, one) for one in commands if isinstance(one, Send))
        replaced = tuple(old for one in outgoing for old in self._post.replaced_by(one))
        change = Change(
            book=Book(payments=after.book, recents=after.recents),
            outgoing=outgoing,
            heard=said.heard if said else None,
            done=(*(said.answered if said else ()), *replaced),
            receipt=said.receipt if said else None,
        )
        try:
            self._keeper.keep(change, self._clocks.now())
        except StorageError as error:
            if said is not None:
                self._disk_fails(error)
                return False
            self.state = after
            self._carry_out(commands)
            self._disk_fails(error, unsent=tuple(one.payment_id for one in outgoing))
            return False
        self.state = after
        self._carry_out(commands)
        if outgoing:
            self._send_due()  # all that is due, so that nothing overtakes what was said before
        return True

    def _send_due(self) -> None:
        try:
            self._post.send_due(self._clocks.monotonic())
        except StorageError as error:
            self._disk_fails(error)

    def _prepare(self, before: SessionState, after: SessionState, send: Send) -> Outgoing:
        expires_in_ms = wanted_for_ms(before, after, send.body, self._clocks.monotonic())
        return self._post.prepare(send.body, send.payment_id, expires_in_ms)

    def _carry_out(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            match command:
                case Announce():
                    self._post.say_presence(self._presence(command))
                case StartCapture():
                    self._sensors.start_capture(command)
                case StopCapture():
                    self._sensors.stop_capture(command.instruction_id)
                case Ignored():
                    log.info("ignored", what=command.what, why=command.why, payment_id=command.payment_id)
                case Send():
                    pass  # sent after all others, once it is kept

    def _presence(self, announce: Announce) -> Presence:
        return Presence(
            online=True,
            software=self._who.software,
            modalities=announce.modalities,
            model_hash=self._sensors.model_hash,
        )

    def _give_up(self, message_ids: tuple[str, ...]) -> None:
        """Nobody wants these any more: what was asked for in a preset time that is over."""
        if not message_ids:
            return
        log.info("messages_given_up", count=len(message_ids))
        book = Book(payments=self.state.book, recents=self.state.recents)
        try:
            self._keeper.keep(Change(book=book, done=message_ids), self._clocks.now())
        except StorageError as error:
            self._disk_fails(error)

    # --- the disk ---

    def _disk_fails(self, error: StorageError, unsent: tuple[str, ...] = ()) -> None:
        if self._disk_works:
            log.error("storage_fails", why=str(error))
        self._disk_works = False
        self._retry_disk_at_ms = self._clocks.monotonic() + RETRY_DISK_MS
        for payment_id in unsent or (None,):
            self._tell(StorageChanged(works=False, unsent=payment_id))

    def _retry_disk(self) -> None:
        try:
            self._keeper.retry()
        except StorageError as error:
            self._disk_fails(error)
            return
        log.info("storage_works")
        self._disk_works = True
        if self._restored:
            self._tell(StorageChanged(works=True))
        else:
            # Nothing could be paid or answered so far: the session begins as it would have begun.
            health = replace(self.state.health, storage=True)
            self.state = SessionState(settings=self.state.settings, language=self.state.language, health=health)
            self.begin()
        if self._disk_works and self._comes_again:
            self._comes_again = False
            self._link.drop()  # so that it is delivered again

    def _tell(self, event: StorageChanged) -> None:
        """The session hears of the disk; nothing of that is kept on it."""
        self.state, commands = reduce(self.state, event, self._clocks.monotonic())
        self._carry_out(commands)


def _event_of(body: Message) -> Event:
    if isinstance(body, PaymentStatus):
        return StatusReceived(status=body)
    if isinstance(body, Receipt):
        return Ticked()  # for the disk: to the session it is only a moment that went by
    assert isinstance(body, AnyInstruction), f"a {type(body).__name__} comes down and nobody reads it"  # noqa: S101
    return InstructionReceived(instruction=body)
