"""What a decision asks for, done in its transaction, in its order. Impure: the database.

What is to be published or compared waits in the turn until all is committed.
"""

from __future__ import annotations

from collections.abc import Iterable

from server_mqtt.flow.effects import (
    CancelTimers,
    ConcludeAttempt,
    CountAttempt,
    Effect,
    GiveReceipt,
    Issue,
    Post,
    Record,
    Send,
    SetTimer,
)
from server_mqtt.flow.states import Payment
from server_mqtt.shell import attempts, journal, outbox, payments, receipts, timers
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.timers import COMPARE_AGAIN, Timer
from server_mqtt.shell.turn import Turn
from server_mqtt.verification.policy import Policy


class Hands:
    """Carries effects out."""

    def __init__(self, voice: Voice, policy: Policy, lease_ms: int | None = None) -> None:
        self._voice, self._policy, self._lease_ms = voice, policy, lease_ms

    def carry_out(self, turn: Turn, payment_id: str, effects: Iterable[Effect]) -> None:
        """All of `effects`; raises AssertionError where one must not be."""
        for effect in effects:
            if isinstance(effect, GiveReceipt):
                self._give_receipt(turn, effect.payment)
            else:
                self._carry_out(turn, payment_id, effect)

    def _carry_out(self, turn: Turn, payment_id: str, effect: Effect) -> None:
        connection, now_ms = turn.connection, turn.now_ms
        match effect:
            case Record():
                payments.record(connection, payment_id, effect, now_ms)
                self._note(turn, payment_id, effect)
            case Send():
                self._send(turn, payment_id, effect)
            case Post(entry=entry):
                journal.append(connection, entry, now_ms)
            case Issue(instruction=instruction):
                payments.remember_instruction(connection, payment_id, instruction)
            case CountAttempt():
                self._count(turn, payment_id, effect)
            case ConcludeAttempt():
                attempts.conclude(connection, self._policy, effect.instruction_id, effect.finding, now_ms)
            case SetTimer():
                timers.cancel(connection, payment_id, effect.kind)
                timers.add(connection, _timer(payment_id, effect))
            case CancelTimers(kind=kind):
                timers.cancel(connection, payment_id, kind)

    def _send(self, turn: Turn, payment_id: str, send: Send) -> None:
        expiry_s = outbox.expiry_s(send.expires_at_ms, turn.now_ms)
        said = self._voice.say(send.device, send.body, expiry_s)
        outbox.add(
            turn.connection,
            said.publication,
            message_id=said.message_id,
            payment_id=payment_id,
            content_hash=said.content_hash,
            expires_at_ms=send.expires_at_ms,
            now_ms=turn.now_ms,
        )
        turn.publications.append(said.publication)

    def _give_receipt(self, turn: Turn, payment: Payment) -> None:
        for send in receipts.issue(turn.connection, self._voice, payment, turn.now_ms):
            self._send(turn, payment.payment_id, send)

    def _count(self, turn: Turn, payment_id: str, attempt: CountAttempt) -> None:
        payments.use_instruction(turn.connection, attempt.instruction_id, turn.now_ms)
        pending = attempts.count(turn.connection, payment_id, attempt, turn.now_ms)
        if pending is not None:
            turn.comparisons.append(pending)
            if self._lease_ms is not None:
                # Should this worker die before it is concluded, another finds it due.
                again = turn.now_ms + self._lease_ms
                timers.add(
                    turn.connection,
                    Timer(payment_id=payment_id, kind=COMPARE_AGAIN, subject=attempt.instruction_id, due_at_ms=again),
                )

    def _note(self, turn: Turn, payment_id: str, line: Record) -> None:
        reason = None if line.reason is None else line.reason.value
        entered = line.before is not line.after
        turn.note("payment", payment_id=payment_id, step=line.step, state=line.after, reason=reason, entered=entered)


def _timer(payment_id: str, effect: SetTimer) -> Timer:
    return Timer(payment_id=payment_id, kind=effect.kind, subject=effect.subject, due_at_ms=effect.due_at_ms)
