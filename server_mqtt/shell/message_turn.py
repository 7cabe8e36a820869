"""One message's way: decode, sender, inbox, meaning, reply. Impure: the database, through the turn it is given.

A message that does not count is answered, counted and changes nothing else. Only a message whose signature held enters
the inbox, so that nobody can use up another's message ids.
"""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.kinds import KIND_OF
from server_mqtt.contract.messages import (
    Ack,
    Message,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    Presence,
)
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import inbox, outbox, people
from server_mqtt.shell.broker import Arrival
from server_mqtt.shell.intake import Refusal, check_sender, read_body, read_envelope, refuse
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.turn import Turn

PRESENCE: Final = KIND_OF[Presence]

REFUSED: Final = "messages_refused"
"""The counter's name."""


class MessageTurns:
    """Answers messages, each within the turn it is given."""

    def __init__(self, voice: Voice, payments: PaymentTurns) -> None:
        self._voice, self._payments = voice, payments

    def take(self, turn: Turn, arrival: Arrival) -> None:
        """Everything that `arrival` brings about, but for the publishing."""
        envelope = read_envelope(arrival.topic, arrival.payload)
        if isinstance(envelope, Refusal):
            self._tell(turn, envelope)
            return
        sender = people.find_device(turn.connection, envelope.device)
        wrong = check_sender(envelope, people.key_of_device(sender))
        if wrong is not None:
            self._tell(turn, wrong)
            return
        if not self._answered_before(turn, envelope):
            self._answer(turn, envelope, arrival.received_at_ms)
        if sender is not None and not sender.online and envelope.kind != PRESENCE:
            self._note_heard(turn, envelope.device)

    def _answered_before(self, turn: Turn, envelope: Envelope) -> bool:
        """Whether this id was answered; if so, the same answer again, or the refusal of an id that was used twice."""
        known = inbox.find(turn.connection, envelope.device, envelope.message_id)
        if known is None:
            return False
        if known.content_hash == envelope.content_hash(Direction.UP):
            turn.publications.append(self._voice.repeat(envelope.device, known.reply))
            turn.note("message_repeated", device=envelope.device, kind=envelope.kind)
        else:
            self._tell(turn, refuse(envelope, Reason.ID_REUSED, "this message id was used for another message"))
        return True

    def _answer(self, turn: Turn, envelope: Envelope, received_at_ms: int) -> None:
        body = read_body(envelope)
        if isinstance(body, Ack):
            self._acknowledge(turn, envelope.device, body)
            return
        if isinstance(body, Presence):
            self._note_presence(turn, envelope.device, body)
            return
        refusal = body if isinstance(body, Refusal) else self._judge(turn, envelope, body, received_at_ms)
        if refusal is None:
            reply = self._voice.accept(envelope.device, envelope.message_id, envelope.content_hash(Direction.UP))
        else:
            self._count(turn, refusal)
            reply = self._voice.refuse(envelope.device, refusal)
        inbox.remember(turn.connection, envelope, reply.payload, turn.now_ms)
        turn.publications.insert(0, reply)

    def _judge(self, turn: Turn, envelope: Envelope, body: Message, received_at_ms: int) -> Refusal | None:
        device = envelope.device
        match body:
            case PayerRequest():
                reason = self._payments.request(turn, device, body)
            case PayeeCapture() | PayerCapture():
                answer_hash = envelope.content_hash(Direction.UP)
                reason = self._payments.capture(turn, device, body, received_at_ms, answer_hash)
            case PayerStop():
                reason = self._payments.stop(turn, device, body)
            case PayeeRefusal():
                reason = self._payments.refuse(turn, device, body)
            case HoldExtension():
                reason = self._payments.extend(turn, device, body)
            case PaymentQuery():
                reason = self._payments.query(turn, device, body)
            case _:
                reason = Reason.UNKNOWN_KIND
        return None if reason is None else refuse(envelope, reason, DETAILS.get(reason, ""))

    def _acknowledge(self, turn: Turn, device: str, ack: Ack) -> None:
        if not outbox.acknowledge(turn.connection, device, ack, turn.now_ms):
            inbox.count(turn.connection, "acknowledgements_of_nothing", device)

    def _note_presence(self, turn: Turn, device: str, presence: Presence) -> None:
        people.note_presence(turn.connection, device, presence, turn.now_ms)
        turn.note("terminal_online" if presence.online else "terminal_offline", device=device)
        if presence.online:
            self._appeared(turn, device)

    def _note_heard(self, turn: Turn, device: str) -> None:
        """Its presence was lost, with a broker or while no server ran: that it speaks says as much."""
        people.note_online(turn.connection, device, turn.now_ms)
        turn.note("terminal_online", device=device)
        self._appeared(turn, device)

    def _appeared(self, turn: Turn, device: str) -> None:
        outbox.bring_forward(turn.connection, turn.now_ms, device)
        self._payments.terminal_appeared(turn, device)

    def _tell(self, turn: Turn, refusal: Refusal) -> None:
        """Answers a message that is not even entered into the inbox."""
        self._count(turn, refusal)
        if refusal.device is not None:
            turn.publications.append(self._voice.refuse(refusal.device, refusal))

    def _count(self, turn: Turn, refusal: Refusal) -> None:
        inbox.count(turn.connection, REFUSED, refusal.reason.value)
        event = "alert" if refusal.reason is Reason.ID_REUSED else "message_refused"
        turn.note(event, device=refusal.device, reason=refusal.reason.value, message_id=refusal.in_reply_to)


DETAILS: Final = {
    Reason.UNKNOWN_PAYMENT: "the server knows no such payment",
    Reason.NOT_YOUR_PAYMENT: "this terminal has no part in that payment",
    Reason.NOT_NOW: "the payment is not at this step",
    Reason.ID_REUSED: "this payment id was used for another payment",
    Reason.UNKNOWN_INSTRUCTION: "the instruction is not the one that is open",
    Reason.NONCE_USED: "this instruction was answered before",
    Reason.TOO_LATE: "the preset time is over",
    Reason.WRONG_TERMINAL: "the instruction was for another terminal",
    Reason.EXTENSIONS_USED_UP: "the hold was extended as often as it may be",
    Reason.CONSENT_DIFFERS: "the payer agreed to another payment than this one",
}
"""Words for the sender's people; the reason is for its program."""
