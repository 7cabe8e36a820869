"""What a message, a timer or a comparison does to its payment: look up, decide, store. Impure: the database.

All within the turn it is given. Every method returns why nothing was done, or None.
"""

from __future__ import annotations

from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import (
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    PaymentState,
)
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.decide import decide
from server_mqtt.flow.events import (
    Compared,
    Event,
    Extended,
    PayeeCaptured,
    PayerCaptured,
    Queried,
    Refused,
    Requested,
    Stopped,
    TerminalAppeared,
    TimerKind,
    due,
)
from server_mqtt.flow.orders import Order
from server_mqtt.flow.reach import wants_screens
from server_mqtt.flow.states import Payment
from server_mqtt.shell import attempts, facts, payments, people, references, timers
from server_mqtt.shell.about import About, about
from server_mqtt.shell.comparison import Concluded
from server_mqtt.shell.effects import Hands
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.timers import COMPARE_AGAIN, Timer
from server_mqtt.shell.turn import Turn
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.policies import Policies


class PaymentTurns:
    """One decision a call."""

    def __init__(self, voice: Voice, policies: Policies, lease_ms: int | None = None) -> None:
        """`lease_ms`: after how long a comparison that is not concluded is begun by whichever worker is free."""
        # Lock-outs are of an account, at whichever end and in whichever payment: one policy for all of them.
        self._hands, self._policies, self._lease_ms = Hands(voice, policies.default, lease_ms), policies, lease_ms

    # --- messages ---

    def request(self, turn: Turn, device: str, request: PayerRequest) -> Reason | None:
        """A payer's terminal asks for a payment."""
        payment = payments.find_to_change(turn.connection, request.payment_id)
        subject = about(request if payment is None else payment)
        return self._decide(turn, subject, payment, Requested(device=device, request=request))

    def capture(
        self,
        turn: Turn,
        device: str,
        capture: PayeeCapture | PayerCapture,
        received_at_ms: int,
        content_hash: bytes,
    ) -> Reason | None:
        """A terminal answers an instruction, in an envelope of this content hash; whether in time, its receipt says."""
        event: Event
        if isinstance(capture, PayeeCapture):
            event = PayeeCaptured(
                device=device, capture=capture, received_at_ms=received_at_ms, content_hash=content_hash
            )
        else:
            event = PayerCaptured(
                device=device, capture=capture, received_at_ms=received_at_ms, content_hash=content_hash
            )
        return self._step(turn, capture.payment_id, event)

    def stop(self, turn: Turn, device: str, stop: PayerStop) -> Reason | None:
        """The payer stops."""
        return self._step(turn, stop.payment_id, Stopped(device=device))

    def refuse(self, turn: Turn, device: str, refusal: PayeeRefusal) -> Reason | None:
        """The payee does not want it."""
        return self._step(turn, refusal.payment_id, Refused(device=device))

    def extend(self, turn: Turn, device: str, extension: HoldExtension) -> Reason | None:
        """The payer wants the money to stay frozen for longer."""
        return self._step(turn, extension.payment_id, Extended(device=device))

    def query(self, turn: Turn, device: str, query: PaymentQuery) -> Reason | None:
        """A terminal asks how it stands."""
        return self._step(turn, query.payment_id, Queried(device=device))

    # --- what operators order ---

    def order(self, turn: Turn, payment_id: str, order: Order) -> Reason | None:
        """Two operators, whose signatures were checked, move held or paid money."""
        return self._step(turn, payment_id, order)

    # --- what the server itself brings about ---

    def terminal_appeared(self, turn: Turn, device: str) -> None:
        """Whose terminal it is are asked at once for what is held for them, and for what a revoked one was asked."""
        owners = people.accounts_of_device(turn.connection, device)
        held = payments.held_for(turn.connection, owners)
        for payment_id in dict.fromkeys((*held, *payments.left_behind(turn.connection, owners))):
            self._step(turn, payment_id, TerminalAppeared(device=device))

    def timer(self, turn: Turn, timer: Timer) -> None:
        """A timer is due."""
        if timer.kind == COMPARE_AGAIN:
            pending = attempts.find_pending(turn.connection, timer.subject)
            if pending is not None:
                turn.note("comparison_taken_up", payment_id=timer.payment_id)
                turn.comparisons.append(pending)
                if self._lease_ms is not None:
                    timers.add(turn.connection, timer.postponed(turn.now_ms + self._lease_ms))
            return
        self._step(turn, timer.payment_id, due(TimerKind(timer.kind), timer.subject))

    def take_up(self, turn: Turn) -> None:
        """The server has started: what was being compared when the last one ended is compared again."""
        for pending in attempts.all_pending(turn.connection):
            turn.note("comparison_taken_up", payment_id=pending.payment_id)
            turn.comparisons.append(pending)

    def concluded(self, turn: Turn, concluded: Concluded) -> None:
        """A comparison has ended. The writer sees every template in order, so a replay is found here for certain."""
        connection, finding = turn.connection, concluded.finding
        if attempts.find_pending(connection, concluded.instruction_id) is None:
            # Never counted, or concluded by another worker that was given it as well.
            return
        if finding.verified and any(references.seen_before(connection, digest) for digest in concluded.digests):
            finding = Finding(verified=False, reason=Reason.TEMPLATE_REPLAYED, shown=finding.shown)
        for digest in concluded.digests:
            references.note_seen(connection, concluded.account, digest, turn.now_ms)
        event = Compared(instruction_id=concluded.instruction_id, finding=finding)
        timers.cancel(connection, concluded.payment_id, COMPARE_AGAIN, concluded.instruction_id)
        self._step(turn, concluded.payment_id, event)
        # Where the payment had no more use for it: concluded all the same, so that it is not taken up for ever.
        attempts.conclude(connection, self._policies.default, concluded.instruction_id, finding, turn.now_ms)

    def _step(self, turn: Turn, payment_id: str, event: Event) -> Reason | None:
        payment = payments.find_to_change(turn.connection, payment_id)
        if payment is None:
            return Reason.UNKNOWN_PAYMENT
        return self._decide(turn, about(payment), payment, event)

    def _decide(self, turn: Turn, subject: About, payment: Payment | None, event: Event) -> Reason | None:
        policy = self._policies.of(subject.payee_account)
        screens = wants_screens(payment)
        history = payment is None or payment.state is PaymentState.AWAITING_PAYEE
        known = facts.gather(turn.connection, policy, subject, event, turn.now_ms, screens=screens, history=history)
        decision = decide(payment, event, known, turn.now_ms)
        if decision.payment is None or decision.refusal is not None:
            return decision.refusal
        if decision.payment != payment:
            payments.store(turn.connection, payment, decision.payment, turn.now_ms)
        self._hands.carry_out(turn, subject.payment_id, decision.effects)
        return None
